import Platform

/// The messages of one topic that wait for one subscriber, in memory that is taken once.
///
/// Bytes lie in a circular buffer, each message in one piece. Bounded in messages and in bytes.
struct MessageQueue: ~Copyable {
    /// A message that waits.
    struct Entry {
        var sequence: UInt64
        var publishTime: Int64
        var lease: SlotLease?
        /// Order among all topics of the subscriber.
        var ticket: UInt64 = 0
        fileprivate var offset = 0
        fileprivate(set) var length = 0

        init(sequence: UInt64 = 0, publishTime: Int64 = 0, lease: SlotLease? = nil) {
            self.sequence = sequence
            self.publishTime = publishTime
            self.lease = lease
        }
    }

    private let memory: AlignedMemory
    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private var first = 0
    private(set) var count = 0
    /// Where the next message's bytes would start.
    private var writePosition = 0

    init(depth: Int, byteCount: Int) throws(BusError) {
        do {
            memory = try AlignedMemory(byteCount: byteCount)
        } catch {
            throw BusError(error)
        }
        capacity = depth
        entries = .allocate(capacity: depth)
        entries.initialize(repeating: Entry(), count: depth)
    }

    deinit {
        entries.deallocate()
    }

    /// Memory of the list of messages that wait, beside their bytes.
    static func listBytes(depth: Int) -> Int { depth * MemoryLayout<Entry>.stride }

    var isEmpty: Bool { count == 0 }

    /// The message that waits longest; only when not empty.
    var front: Entry { entries[first] }

    /// The bytes of ``front``, valid until it is removed.
    var frontBytes: UnsafeRawBufferPointer {
        let entry = entries[first]
        return UnsafeRawBufferPointer(rebasing: memory.unsafeBytes[entry.offset..<entry.offset + entry.length])
    }

    /// Whether a message of `length` bytes can be appended.
    func hasRoom(for length: Int) -> Bool {
        count < capacity && offset(for: length) != nil
    }

    /// Only when ``hasRoom(for:)``.
    mutating func append(_ entry: Entry, _ bytes: UnsafeRawBufferPointer) {
        guard let offset = offset(for: bytes.count) else { return }
        var entry = entry
        entry.offset = offset
        entry.length = bytes.count
        UnsafeMutableRawBufferPointer(rebasing: memory.unsafeBytes[offset..<offset + bytes.count])
            .copyMemory(from: bytes)
        writePosition = offset + Self.reserved(bytes.count)
        entries[(first + count) % capacity] = entry
        count += 1
    }

    /// Only when not empty.
    mutating func removeFirst() -> Entry {
        let entry = entries[first]
        first = (first + 1) % capacity
        count -= 1
        if count == 0 { writePosition = 0 }
        return entry
    }

    /// An empty message takes a byte too, so that the write position meets the first message only when the memory is full.
    private static func reserved(_ length: Int) -> Int { max(length, 1) }

    /// Where a message of `length` bytes would go: behind the last one, or at the start of the memory before the first one.
    private func offset(for length: Int) -> Int? {
        let needed = Self.reserved(length)
        guard count > 0 else { return needed <= memory.byteCount ? 0 : nil }
        let front = entries[first].offset
        guard writePosition > front else { return front - writePosition >= needed ? writePosition : nil }
        if memory.byteCount - writePosition >= needed { return writePosition }
        return front >= needed ? 0 : nil
    }
}
