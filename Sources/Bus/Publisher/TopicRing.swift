import Platform
import Synchronization

/// The newest messages of one topic, written by the publishing thread and read by whoever serves a subscriber.
///
/// The writer never waits. A reader on another thread copies a slot and then checks that it was not overwritten meanwhile
/// (a sequence lock per slot); the writer's own thread reads in place.
final class TopicRing: @unchecked Sendable {
    // Sendable without checking is sound: one thread writes (`BusTopic` excludes a second one). Other threads read slots only
    // through `copy`, which throws away what it copied unless the slot's sequence, read before and after, proves that no
    // write overlapped.

    /// What stands beside a message's bytes.
    struct Info {
        var length = 0
        var publishTime: Int64 = 0
        var lease: SlotLease?
    }

    /// Bytes of one slot.
    let slotBytes: Int
    private let mask: UInt64
    private let memory: AlignedMemory
    private let infos: UnsafeMutablePointer<Info>
    private let sequences: UnsafeMutablePointer<Atomic<UInt64>>
    private let newest = Atomic<UInt64>(0)

    init(_ options: TopicOptions) throws(BusError) {
        slotBytes = options.messageByteLimit
        var count = 4
        while count < options.slotCount { count *= 2 }
        mask = UInt64(count - 1)
        do {
            memory = try AlignedMemory(byteCount: count * slotBytes)
        } catch {
            throw BusError(error)
        }
        infos = .allocate(capacity: count)
        infos.initialize(repeating: Info(), count: count)
        sequences = .allocate(capacity: count)
        for index in 0..<count { (sequences + index).initialize(to: Atomic(0)) }
    }

    deinit {
        infos.deallocate()
        sequences.deinitialize(count: slotCount)
        sequences.deallocate()
    }

    var slotCount: Int { Int(mask) + 1 }

    /// Sequence of the newest message; 0 before the first.
    ///
    /// Sequentially consistent together with the topic's subscriber mask: either a new subscriber sees this message or the
    /// publisher sees the subscriber.
    var head: UInt64 { newest.load(ordering: .sequentiallyConsistent) }

    /// The oldest message that can still be there.
    var oldest: UInt64 {
        let head = self.head
        return head > mask ? head - mask : 1
    }

    // MARK: Writer

    /// The slot for the next message. What it held is gone from now on.
    func beginWriting() -> UnsafeMutableRawBufferPointer {
        let slot = Int((newest.load(ordering: .relaxed) + 1) & mask)
        sequences[slot].store(0, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        return bytes(slot)
    }

    /// Makes the slot that ``beginWriting()`` gave the newest message; returns its sequence.
    func finishWriting(_ info: Info) -> UInt64 {
        let sequence = newest.load(ordering: .relaxed) + 1
        let slot = Int(sequence & mask)
        infos[slot] = info
        sequences[slot].store(sequence, ordering: .releasing)
        newest.store(sequence, ordering: .sequentiallyConsistent)
        return sequence
    }

    // MARK: Readers

    /// A message in place; only on the writer's thread. Nil when it was overwritten.
    func read(_ sequence: UInt64) -> (info: Info, bytes: UnsafeRawBufferPointer)? {
        let slot = Int(sequence & mask)
        guard sequences[slot].load(ordering: .relaxed) == sequence else { return nil }
        let info = infos[slot]
        return (info, UnsafeRawBufferPointer(rebasing: bytes(slot)[..<info.length]))
    }

    /// Copies a message; on any thread. Nil when it was overwritten before or during the copy.
    func copy(_ sequence: UInt64, to destination: UnsafeMutableRawBufferPointer) -> Info? {
        let slot = Int(sequence & mask)
        guard sequences[slot].load(ordering: .acquiring) == sequence else { return nil }
        let info = infos[slot]
        // A length torn by a concurrent write must not lead out of the slot; the check below then rejects the copy.
        let length = min(max(info.length, 0), slotBytes, destination.count)
        destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes(slot)[..<length]))
        atomicMemoryFence(ordering: .acquiring)
        guard sequences[slot].load(ordering: .relaxed) == sequence else { return nil }
        return info
    }

    private func bytes(_ slot: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory.unsafeBytes[slot * slotBytes..<(slot + 1) * slotBytes])
    }
}
