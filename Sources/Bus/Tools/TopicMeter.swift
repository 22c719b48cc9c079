import Messages
import Platform

/// What `hz`, `bw` and `delay` measure on one topic: rate, bandwidth, losses, delays.
public struct TopicMeter: Sendable {
    public let topic: String
    /// Milliseconds between receipts.
    public private(set) var periods: SampleWindow
    /// Milliseconds from publish to receipt.
    public private(set) var publishToReceive: SampleWindow
    /// Milliseconds from capture to receipt.
    public private(set) var captureToReceive: SampleWindow
    /// Bytes per message.
    public private(set) var sizes: SampleWindow
    public private(set) var messages: UInt64 = 0
    public private(set) var bytes: UInt64 = 0
    public private(set) var dropped: UInt64 = 0
    private var firstTime: Int64?
    private var lastTime: Int64?

    /// - Parameter window: newest messages that the statistics are made of.
    public init(topic: String, window: Int = 100_000) {
        self.topic = topic
        periods = SampleWindow(capacity: window)
        publishToReceive = periods
        captureToReceive = periods
        sizes = periods
    }

    /// Takes a message into account. A retained value, which is old, counts only as seen.
    public mutating func add(_ message: BusMessage) {
        add(
            envelope: message.envelope, byteCount: message.payload.count,
            header: (try? message.decoded())?.header)
    }

    /// - Parameter header: the message's own header where it is of a known schema.
    public mutating func add(envelope: MessageEnvelope, byteCount: Int, header: Sightline_Header?) {
        messages &+= 1
        bytes &+= UInt64(byteCount)
        dropped &+= envelope.droppedBefore
        sizes.add(Double(byteCount))
        guard !envelope.isRetained else { return }
        if let lastTime { periods.add(Double(envelope.receiveTime &- lastTime) / 1e6) }
        firstTime = firstTime ?? envelope.receiveTime
        lastTime = envelope.receiveTime
        publishToReceive.add(Double(envelope.receiveTime &- envelope.publishTime) / 1e6)
        if let header { captureToReceive.add(Double(envelope.age(of: header)) / 1e6) }
    }

    /// Seconds between the first and the last message.
    public var seconds: Double {
        guard let firstTime, let lastTime else { return 0 }
        return Double(lastTime &- firstTime) / 1e9
    }

    /// Messages per second; nil before two messages.
    public var rate: Double? {
        periods.isEmpty || seconds <= 0 ? nil : Double(periods.total) / seconds
    }

    /// Bytes per second; nil before two messages.
    public var bandwidth: Double? {
        guard let rate, let size = sizes.summary?.mean else { return nil }
        return rate * size
    }
}
