/// What the bus knows about a message beside its bytes.
public struct MessageEnvelope: Sendable, Equatable {
    /// Name of the publisher's socket.
    public var publisher: String
    public var topic: String
    /// Number of the message on its topic since the publisher started, first 1.
    public var sequence: UInt64
    /// Messages of this topic that this receiver lost immediately before this one.
    public var droppedBefore: UInt64
    /// True for a value from before the subscription.
    public var isRetained: Bool
    /// CLOCK_MONOTONIC nanoseconds at publish.
    public var publishTime: Int64
    /// CLOCK_MONOTONIC nanoseconds at receipt.
    public var receiveTime: Int64

    public init(
        publisher: String, topic: String, sequence: UInt64, droppedBefore: UInt64, isRetained: Bool,
        publishTime: Int64, receiveTime: Int64
    ) {
        self.publisher = publisher
        self.topic = topic
        self.sequence = sequence
        self.droppedBefore = droppedBefore
        self.isRetained = isRetained
        self.publishTime = publishTime
        self.receiveTime = receiveTime
    }

    /// Age of the data at receipt in nanoseconds: its age at publish plus the time on the bus.
    public func age(of header: Sightline_Header) -> Int64 {
        let atPublish = header.ageNs != 0 ? header.ageNs : header.publishTimeNs &- header.captureTimeNs
        return atPublish &+ (receiveTime &- publishTime)
    }
}
