import Synchronization

/// Lines that wait to be published. Any thread appends, one takes; nobody ever waits for anybody.
///
/// A bounded circular buffer with a sequence number per cell: a cell whose number equals the position is free for whoever
/// takes that position, one more means filled. Source: D. Vyukov, "Bounded MPMC queue", 1024cores.net, 2010.
final class LogQueue: @unchecked Sendable {
    // Sendable without checking is sound: a line is written only by the thread whose exchange took the cell's position, and
    // read only by the taking thread after the cell's number was stored with releasing order.

    private let mask: UInt64
    private let lines: UnsafeMutablePointer<LogLine>
    private let numbers: UnsafeMutablePointer<Atomic<UInt64>>
    private let tail = Atomic<UInt64>(0)
    /// The taking thread's own.
    private var head: UInt64 = 0
    private let lost = Atomic<UInt64>(0)

    /// - Parameter capacity: a power of two.
    init(capacity: Int) {
        precondition(capacity > 1 && capacity & (capacity - 1) == 0, "a power of two")
        mask = UInt64(capacity - 1)
        lines = .allocate(capacity: capacity)
        lines.initialize(repeating: LogLine(), count: capacity)
        numbers = .allocate(capacity: capacity)
        for index in 0..<capacity { (numbers + index).initialize(to: Atomic(UInt64(index))) }
    }

    deinit {
        lines.deinitialize(count: Int(mask) + 1)
        lines.deallocate()
        numbers.deinitialize(count: Int(mask) + 1)
        numbers.deallocate()
    }

    /// Appends a line; where there is no room it is lost and counted.
    func append(_ line: LogLine) {
        var position = tail.load(ordering: .relaxed)
        while true {
            let cell = Int(position & mask)
            let number = numbers[cell].load(ordering: .acquiring)
            if number == position {
                let (exchanged, original) = tail.weakCompareExchange(
                    expected: position, desired: position + 1, ordering: .relaxed)
                if exchanged {
                    lines[cell] = line
                    numbers[cell].store(position + 1, ordering: .releasing)
                    return
                }
                position = original
            } else if number < position {
                lost.wrappingAdd(1, ordering: .relaxed)
                return
            } else {
                position = tail.load(ordering: .relaxed)
            }
        }
    }

    /// The oldest line; nil when there is none.
    func takeFirst() -> LogLine? {
        let cell = Int(head & mask)
        guard numbers[cell].load(ordering: .acquiring) == head + 1 else { return nil }
        let line = lines[cell]
        lines[cell] = LogLine()
        numbers[cell].store(head + mask + 1, ordering: .releasing)
        head += 1
        return line
    }

    /// Lines that were lost since the last call.
    func takeLost() -> UInt64 { lost.exchange(0, ordering: .relaxed) }
}
