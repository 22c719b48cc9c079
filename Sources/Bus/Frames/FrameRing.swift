import CLinux
import Glibc
import Platform
import Synchronization

/// The publisher's side of frames in shared memory: a sealed memfd with slots, and who holds which.
///
/// A slot is written again only when nobody holds it. A subscriber that holds a slot for longer than the lease's time loses
/// it when no other slot is free: it sees that from the slot's generation.
final class FrameRing: @unchecked Sendable {
    // Sendable without checking is sound: `memory` is written only by the publishing thread, in a slot whose `writing` bit
    // it set by a successful exchange; everything else is immutable or atomic.

    /// The publishing thread fills the slot.
    private static let writing: UInt64 = 1 << 63
    /// The publishing thread hands the slot to the subscribers.
    private static let publishing: UInt64 = 1 << 62

    let layout: FrameRingLayout
    let descriptor: FileDescriptor
    private let memory: UnsafeMutableRawPointer
    private let leaseTime: Int64
    private let leaseLimit: Int
    /// Per slot: a bit per peer that holds it, and the publisher's own two.
    private let holders: UnsafeMutablePointer<Atomic<UInt64>>
    /// Per slot: when it was published.
    private let publishTimes: UnsafeMutablePointer<Atomic<Int64>>
    /// Per peer: slots held.
    private let leaseCounts: UnsafeMutablePointer<Atomic<Int>>
    private let nextSlot = Atomic<Int>(0)
    private let revoked = Atomic<UInt64>(0)

    /// - Parameter name: what /proc shows the memory as.
    init(_ layout: FrameRingLayout, options: FrameOptions, name: String) throws(BusError) {
        self.layout = layout
        leaseTime = options.leaseTime
        leaseLimit = options.leaseLimit
        let bytes = layout.byteCount
        let memfd = sightline_memfd_create("sightline-\(name)", bytes)
        descriptor = FileDescriptor(owning: try BusError.check(memfd, "memfd_create", "\(bytes) bytes for frames"))
        var error: Int32 = 0
        guard let address = sightline_memory_map(memfd, bytes, 1, &error) else {
            throw .system(call: "mmap", subject: "\(bytes) bytes for frames", code: -error)
        }
        memory = address
        holders = .allocate(capacity: layout.slotCount)
        publishTimes = .allocate(capacity: layout.slotCount)
        leaseCounts = .allocate(capacity: 64)
        for slot in 0..<layout.slotCount {
            (holders + slot).initialize(to: Atomic(0))
            (publishTimes + slot).initialize(to: Atomic(0))
        }
        for peer in 0..<64 { (leaseCounts + peer).initialize(to: Atomic(0)) }
        writeHeader()
        // Mapped first, sealed then: this mapping stays writable, no other one can be made.
        _ = try BusError.check(sightline_memfd_seal(memfd), "fcntl F_ADD_SEALS", "memory for frames")
    }

    deinit {
        munmap(memory, layout.byteCount)
        holders.deinitialize(count: layout.slotCount)
        holders.deallocate()
        publishTimes.deinitialize(count: layout.slotCount)
        publishTimes.deallocate()
        leaseCounts.deinitialize(count: 64)
        leaseCounts.deallocate()
    }

    private func writeHeader() {
        memory.storeBytes(of: FrameRingLayout.magic.littleEndian, as: UInt64.self)
        memory.storeBytes(of: FrameRingLayout.version.littleEndian, toByteOffset: 8, as: UInt32.self)
        memory.storeBytes(of: UInt32(layout.slotCount).littleEndian, toByteOffset: 12, as: UInt32.self)
        memory.storeBytes(of: UInt64(layout.slotBytes).littleEndian, toByteOffset: 16, as: UInt64.self)
        memory.storeBytes(of: UInt64(layout.slotsOffset).littleEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// Leases that were taken away because nothing else was free.
    var revokedLeases: UInt64 { revoked.load(ordering: .relaxed) }

    private func generation(of slot: Int) -> UnsafeMutablePointer<UInt64> {
        (memory + FrameRingLayout.generationsOffset + 8 * slot).assumingMemoryBound(to: UInt64.self)
    }

    // MARK: Publishing thread

    /// A slot to write into; nil when every slot is held.
    func acquire(now: Int64) -> SlotLease? {
        let start = nextSlot.load(ordering: .relaxed)
        for step in 0..<layout.slotCount {
            let slot = (start + step) % layout.slotCount
            if take(slot, from: 0) { return begin(slot) }
        }
        return revokeOldest(now: now)
    }

    private func take(_ slot: Int, from expected: UInt64) -> Bool {
        holders[slot].compareExchange(
            expected: expected, desired: Self.writing, ordering: .acquiringAndReleasing
        ).exchanged
    }

    private func begin(_ slot: Int) -> SlotLease {
        nextSlot.store((slot + 1) % layout.slotCount, ordering: .relaxed)
        let current = generation(of: slot).pointee
        let odd = (current | 1) &+ (current & 1 == 1 ? 2 : 0)
        sightline_atomic_store_before_writes(generation(of: slot), odd)
        return SlotLease(slot: UInt32(slot), generation: odd &+ 1)
    }

    private func revokeOldest(now: Int64) -> SlotLease? {
        var oldest: (slot: Int, time: Int64)?
        for slot in 0..<layout.slotCount {
            guard holders[slot].load(ordering: .acquiring) & (Self.writing | Self.publishing) == 0 else { continue }
            let time = publishTimes[slot].load(ordering: .relaxed)
            guard now &- time > leaseTime else { continue }
            if oldest == nil || time < oldest?.time ?? 0 { oldest = (slot, time) }
        }
        guard let slot = oldest?.slot else { return nil }
        let held = holders[slot].load(ordering: .acquiring)
        guard take(slot, from: held) else { return nil }
        var rest = held
        while rest != 0 {
            leaseCounts[rest.trailingZeroBitCount].wrappingSubtract(1, ordering: .relaxed)
            revoked.wrappingAdd(1, ordering: .relaxed)
            rest &= rest - 1
        }
        return begin(slot)
    }

    /// The memory of a slot that ``acquire(now:)`` gave.
    func bytes(of lease: SlotLease) -> UnsafeMutableRawBufferPointer {
        let slot = Int(lease.slot)
        return UnsafeMutableRawBufferPointer(start: memory + layout.offset(of: slot), count: layout.slotBytes)
    }

    /// The slot is written: from now on its generation is the lease's, and it can be lent.
    func finishWriting(_ lease: SlotLease, now: Int64) {
        let slot = Int(lease.slot)
        publishTimes[slot].store(now, ordering: .relaxed)
        sightline_atomic_store_release(generation(of: slot), lease.generation)
        // One bit goes, the other comes; that of a peer whose ``lend(_:to:)`` is about to fail stays for it to take back.
        holders[slot].bitwiseXor(Self.writing | Self.publishing, ordering: .acquiringAndReleasing)
    }

    /// Every subscriber has been offered the slot.
    func finishPublishing(_ lease: SlotLease) {
        holders[Int(lease.slot)].bitwiseAnd(~Self.publishing, ordering: .acquiringAndReleasing)
    }

    /// The slot will not be published.
    func abandon(_ lease: SlotLease) {
        holders[Int(lease.slot)].bitwiseAnd(~Self.writing, ordering: .acquiringAndReleasing)
    }

    // MARK: Any thread

    /// Notes that a peer holds the slot. False when the peer holds too many already or the slot is another frame's by now.
    func lend(_ lease: SlotLease, to peer: Int) -> Bool {
        let slot = Int(lease.slot)
        let bit: UInt64 = 1 << UInt64(peer)
        guard slot < layout.slotCount, leaseCounts[peer].load(ordering: .relaxed) < leaseLimit else { return false }
        let (old, _) = holders[slot].bitwiseOr(bit, ordering: .acquiringAndReleasing)
        if old & bit != 0 { return true }
        // Counted at once: the publisher may take the slot away again before the next line.
        leaseCounts[peer].wrappingAdd(1, ordering: .relaxed)
        if old & Self.writing != 0 || sightline_atomic_load_acquire(generation(of: slot)) != lease.generation {
            _ = releaseHold(slot, of: peer)
            return false
        }
        return true
    }

    /// A peer gives a slot back. Leases of former generations and slots that it does not hold are ignored: false.
    @discardableResult
    func release(_ lease: SlotLease, of peer: Int) -> Bool {
        let slot = Int(lease.slot)
        guard slot < layout.slotCount, sightline_atomic_load_acquire(generation(of: slot)) == lease.generation else {
            return false
        }
        return releaseHold(slot, of: peer)
    }

    func releaseAll(of peer: Int) {
        for slot in 0..<layout.slotCount { _ = releaseHold(slot, of: peer) }
    }

    private func releaseHold(_ slot: Int, of peer: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(peer)
        let (old, _) = holders[slot].bitwiseAnd(~bit, ordering: .acquiringAndReleasing)
        guard old & bit != 0 else { return false }
        leaseCounts[peer].wrappingSubtract(1, ordering: .relaxed)
        return true
    }

    /// Slots that somebody holds.
    var slotsHeld: Int {
        (0..<layout.slotCount).count { holders[$0].load(ordering: .relaxed) != 0 }
    }

    /// Slots that one peer holds.
    func leases(of peer: Int) -> Int { leaseCounts[peer].load(ordering: .relaxed) }
}
