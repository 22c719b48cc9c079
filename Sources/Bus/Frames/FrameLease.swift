import Messages

/// A frame in the publisher's memory that this subscriber holds. The publisher writes the slot again only after the last
/// reference is gone, unless it is held for longer than the publisher's lease time while nothing else is free.
public final class FrameLease: Sendable {
    private let memory: FrameMemory
    private let socket: SubscriberSocket
    private let topic: UInt16
    let lease: SlotLease

    init(memory: FrameMemory, socket: SubscriberSocket, topic: UInt16, lease: SlotLease) {
        self.memory = memory
        self.socket = socket
        self.topic = topic
        self.lease = lease
    }

    deinit {
        socket.send(Release(topic: topic, lease: lease).encoded())
    }

    /// Whether the slot still holds this frame.
    public var isValid: Bool { memory.isCurrent(lease) }

    /// Shows the frame's bytes in place, without a copy.
    ///
    /// - Returns: what `body` returned; nil when the frame was taken away before or while `body` read: then what it read is
    ///   worth nothing.
    /// - Throws: ``BusError/protocolViolation(peer:detail:)`` when the announcement points outside of its slot.
    public func withBytes<Result>(
        of frame: Sightline_Frame, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(BusError) -> Result? {
        let slot = memory.bytes(of: Int(lease.slot))
        let start = UInt64(memory.layout.offset(of: Int(lease.slot)))
        guard frame.slot == lease.slot, frame.offset >= start, frame.offset - start <= UInt64(slot.count),
            frame.length <= UInt64(slot.count) - (frame.offset - start)
        else {
            throw .protocolViolation(
                peer: "frame \(frame.header.frameID)",
                detail: "\(frame.length) bytes at \(frame.offset) are outside of slot \(lease.slot)")
        }
        guard memory.isCurrent(lease) else { return nil }
        let offset = Int(frame.offset - start)
        let result = body(UnsafeRawBufferPointer(rebasing: slot[offset..<offset + Int(frame.length)]))
        return memory.isStillCurrent(lease) ? result : nil
    }
}
