import Platform
import Synchronization

/// The newest messages of one topic, written by the publishing thread and read by whoever serves a subscriber.
///
/// A subscriber's queue is filled from here, usually by the publishing thread itself and at once. Only while the I/O thread is
/// in one of its short moments with that subscriber (taking one message out of the queue, admitting it) do messages stay here
/// for it; more than the ring holds in messages or bytes are then lost for that subscriber, and counted. That takes a
/// scheduler that keeps the I/O thread from running in such a moment for as long as the ring lasts.
///
/// The bytes lie one message after the other in a circular buffer, before each of them ``headroom`` for the head of the packet
/// that it is sent in, so that head and message go to the socket in one piece. The writer never waits. A reader on another thread copies
/// a message and then checks that nothing was written over it meanwhile (a sequence lock); the writer's own thread reads in
/// place.
final class TopicRing: @unchecked Sendable {
    // Sendable without checking is sound: one thread writes (`BusTopic` excludes a second one). Other threads read only
    // through `order` and `copy`, which throw away what they read unless the entry's sequence and the writer's reservation,
    // read before and after, prove that no write overlapped.

    /// What stands beside a message's bytes.
    struct Info {
        var length = 0
        var publishTime: Int64 = 0
        /// Place among the messages of all topics.
        var order: UInt64 = 0
        var lease: SlotLease?
        /// First byte of the headroom, counted from the ring's beginning of time.
        fileprivate(set) var position: UInt64 = 0

        init(length: Int = 0, publishTime: Int64 = 0, order: UInt64 = 0, lease: SlotLease? = nil) {
            self.length = length
            self.publishTime = publishTime
            self.order = order
            self.lease = lease
        }
    }

    /// Room before each message. Only the writer's thread touches it, while it sends its newest messages.
    static let headroom = Wire.messageHeaderBytes + Wire.leaseBytes

    /// The largest message.
    let slotBytes: Int
    private let mask: UInt64
    private let capacity: UInt64
    private let memory: AlignedMemory
    private let start: UnsafeMutableRawPointer
    private let infos: UnsafeMutablePointer<Info>
    private let sequences: UnsafeMutablePointer<Atomic<UInt64>>
    private let newest = Atomic<UInt64>(0)
    /// The writer may have written up to here.
    private let reserved = Atomic<UInt64>(0)
    /// Where the next message's headroom starts. The writer's own.
    @exclusivity(unchecked) private var writePosition: UInt64 = 0

    init(_ options: TopicOptions) throws(BusError) {
        slotBytes = options.messageByteLimit
        var count = 4
        while count < options.slotCount { count *= 2 }
        mask = UInt64(count - 1)
        capacity = UInt64(options.ringBytes)
        do {
            memory = try AlignedMemory(byteCount: options.ringBytes)
        } catch {
            throw BusError(error)
        }
        guard let start = memory.unsafeBytes.baseAddress else {
            throw .invalidOption("slotCount", detail: "a topic without memory")
        }
        self.start = start
        infos = .allocate(capacity: count)
        infos.initialize(repeating: Info(), count: count)
        sequences = .allocate(capacity: count)
        for index in 0..<count { (sequences + index).initialize(to: Atomic(0)) }
    }

    deinit {
        infos.deallocate()
        sequences.deinitialize(count: Int(mask) + 1)
        sequences.deallocate()
    }

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

    /// Room for the next message, ``slotBytes`` long. What lay there is gone from now on.
    func beginWriting() -> UnsafeMutableRawBufferPointer {
        sequences[Int((newest.load(ordering: .relaxed) + 1) & mask)].store(0, ordering: .relaxed)
        // A message lies in one piece: what does not fit before the buffer's end starts anew at its beginning.
        let rest = capacity - writePosition % capacity
        let needed = UInt64(Self.headroom + slotBytes)
        if rest < needed { writePosition += rest }
        reserved.store(writePosition + needed, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        return UnsafeMutableRawBufferPointer(start: payload(at: writePosition), count: slotBytes)
    }

    /// Makes what was written into the room that ``beginWriting()`` gave the newest message; returns its sequence.
    func finishWriting(_ info: Info) -> UInt64 {
        let sequence = newest.load(ordering: .relaxed) + 1
        let slot = Int(sequence & mask)
        infos[slot] = info
        infos[slot].position = writePosition
        // The next one starts on a multiple of eight.
        writePosition += UInt64(Self.headroom + info.length + 7) & ~7
        sequences[slot].store(sequence, ordering: .releasing)
        newest.store(sequence, ordering: .sequentiallyConsistent)
        return sequence
    }

    /// Leaves a sequence out, as if its message had been overwritten.
    func skip() {
        let sequence = newest.load(ordering: .relaxed) + 1
        sequences[Int(sequence & mask)].store(0, ordering: .releasing)
        newest.store(sequence, ordering: .sequentiallyConsistent)
    }

    // MARK: Readers

    /// A message in place, with ``headroom`` to write into before it; only on the writer's thread. Nil when it was overwritten.
    func read(_ sequence: UInt64) -> (info: Info, payload: UnsafeMutableRawPointer)? {
        let slot = Int(sequence & mask)
        guard sequences[slot].load(ordering: .relaxed) == sequence else { return nil }
        let info = infos[slot]
        guard holds(info) else { return nil }
        return (info, payload(at: info.position))
    }

    /// A message's place among those of all topics; on any thread. Nil when the message was overwritten.
    func order(of sequence: UInt64) -> UInt64? {
        let slot = Int(sequence & mask)
        guard sequences[slot].load(ordering: .acquiring) == sequence else { return nil }
        let info = infos[slot]
        atomicMemoryFence(ordering: .acquiring)
        guard sequences[slot].load(ordering: .relaxed) == sequence, holds(info) else { return nil }
        return info.order
    }

    /// Copies a message; on any thread. Nil when it was overwritten before or during the copy.
    func copy(_ sequence: UInt64, to destination: UnsafeMutableRawBufferPointer) -> Info? {
        let slot = Int(sequence & mask)
        guard sequences[slot].load(ordering: .acquiring) == sequence else { return nil }
        let info = infos[slot]
        // Numbers torn by a concurrent write must not lead out of the buffer; the check below then rejects the copy.
        let offset = Int(info.position % capacity) + Self.headroom
        let length = min(max(info.length, 0), slotBytes, destination.count, max(0, Int(capacity) - offset))
        destination.copyMemory(from: UnsafeRawBufferPointer(start: start + offset, count: length))
        atomicMemoryFence(ordering: .acquiring)
        guard sequences[slot].load(ordering: .relaxed) == sequence, holds(info) else { return nil }
        return info
    }

    /// Whether the writer has not come round to the message's headroom.
    private func holds(_ info: Info) -> Bool {
        reserved.load(ordering: .relaxed) <= info.position &+ capacity
    }

    /// Where the message whose headroom begins at `position` lies.
    private func payload(at position: UInt64) -> UnsafeMutableRawPointer {
        start + (Int(position % capacity) + Self.headroom)
    }
}
