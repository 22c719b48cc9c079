import Messages
import Platform
import SwiftProtobuf

/// A topic of a publisher. One thread publishes on it at a time; different topics may have different threads.
///
/// Publishing never waits and allocates nothing: the message is written once into the topic's ring, then sent to every
/// subscriber whose socket has room and queued by policy for the others.
public final class BusTopic: Sendable {
    let core: TopicCore
    /// The core's.
    private let ring: TopicRing
    private let peers: [Peer]
    private let signals: PublisherSignals
    private let observer: BusObserver?

    init(core: TopicCore, peers: [Peer], signals: PublisherSignals, observer: BusObserver?) {
        self.observer = observer
        self.core = core
        ring = core.ring
        self.peers = peers
        self.signals = signals
    }

    public var name: String { core.name }

    /// Full name of the messages' schema.
    public var typeName: String { core.typeName }

    /// Whether anybody listens at this moment. A retained topic is worth publishing even if not.
    public var hasSubscribers: Bool { core.subscribers.load(ordering: .relaxed) != 0 }

    /// The sequence that the next message will have; for the message's own header.
    public var nextSequence: UInt64 { ring.head + 1 }

    /// Publishes bytes that are a message already.
    ///
    /// - Returns: the message's sequence.
    /// - Throws: ``BusError/messageTooLarge(topic:byteCount:limit:)``, ``BusError/concurrentPublish(topic:)``,
    ///   ``BusError/closed``.
    @discardableResult
    public func publish(_ bytes: UnsafeRawBufferPointer) throws(BusError) -> UInt64 {
        try begin()
        defer { end() }
        let limit = ring.slotBytes
        guard bytes.count <= limit else {
            throw .messageTooLarge(topic: name, byteCount: bytes.count, limit: limit)
        }
        ring.beginWriting().copyMemory(from: bytes)
        observer?(name, nextSequence, bytes)
        return distribute(length: bytes.count, lease: nil)
    }

    @discardableResult
    public func publish(_ bytes: RawSpan) throws(BusError) -> UInt64 {
        try bytes.withUnsafeBytes { (buffer) throws(BusError) in try publish(buffer) }
    }

    /// Publishes what `encode` writes, straight into the topic's ring.
    @discardableResult
    public func publish(encode: (inout ProtobufWriter) -> Void) throws(BusError) -> UInt64 {
        try publish(lease: nil, encode: encode)
    }

    /// Publishes a message of swift-protobuf. Allocates: not for the frame path.
    @discardableResult
    public func publish(message: some SwiftProtobuf.Message) throws(BusError) -> UInt64 {
        let bytes: [UInt8]
        do {
            bytes = try message.serializedBytes()
        } catch {
            throw .invalidOption("message", detail: "\(error)")
        }
        return try publish(bytes.span.bytes)
    }

    /// Leaves a sequence out: whoever subscribes is told with the next message that one is missing.
    func skip() {
        guard (try? begin()) != nil else { return }
        ring.skip()
        end()
    }

    func publish(lease: SlotLease?, encode: (inout ProtobufWriter) -> Void) throws(BusError) -> UInt64 {
        try begin()
        defer { end() }
        let room = ring.beginWriting()
        var writer = ProtobufWriter(room)
        encode(&writer)
        guard !writer.overflowed else {
            throw .messageTooLarge(topic: name, byteCount: 0, limit: ring.slotBytes)
        }
        observer?(name, nextSequence, UnsafeRawBufferPointer(rebasing: room[0..<writer.count]))
        return distribute(length: writer.count, lease: lease)
    }

    private func begin() throws(BusError) {
        guard !core.isPublishing.exchange(true, ordering: .acquiring) else { throw .concurrentPublish(topic: name) }
        if signals.isClosed {
            core.isPublishing.store(false, ordering: .releasing)
            throw .closed
        }
    }

    private func end() {
        core.isPublishing.store(false, ordering: .releasing)
    }

    private func distribute(length: Int, lease: SlotLease?) -> UInt64 {
        let now = MonotonicTime.now.nanoseconds
        let order = signals.takeOrder()
        let sequence = ring.finishWriting(.init(length: length, publishTime: now, order: order, lease: lease))
        var rest = core.subscribers.load(ordering: .sequentiallyConsistent)
        while rest != 0 {
            peers[rest.trailingZeroBitCount].offer(core)
            rest &= rest - 1
        }
        return sequence
    }
}
