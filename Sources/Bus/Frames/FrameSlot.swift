import Messages

/// A slot of shared memory that the publishing thread fills. Dropped without being published, it is free again.
public struct FrameSlot: ~Copyable {
    private let ring: FrameRing
    let lease: SlotLease
    private var isOpen = true

    init(ring: FrameRing, lease: SlotLease) {
        self.ring = ring
        self.lease = lease
    }

    deinit {
        if isOpen { ring.abandon(lease) }
    }

    /// The memory to write the frame into; valid until the slot is published or dropped.
    public var bytes: UnsafeMutableRawBufferPointer { ring.bytes(of: lease) }

    /// Where a frame of `length` bytes lies, for the message that announces it.
    func placement(length: Int) -> FrameEncoder.Placement {
        FrameEncoder.Placement(
            slot: lease.slot, generation: lease.generation,
            offset: UInt64(ring.layout.offset(of: Int(lease.slot))), length: UInt64(length))
    }

    /// The slot now belongs to the ring's accounting, not to this value.
    consuming func publishing(now: Int64) -> SlotLease {
        isOpen = false
        ring.finishWriting(lease, now: now)
        return lease
    }
}
