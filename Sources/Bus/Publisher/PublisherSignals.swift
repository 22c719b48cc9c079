import Synchronization

/// What publishing threads share with each other and with the I/O thread: the order of messages, and wishes.
final class PublisherSignals: Sendable {
    /// Makes the I/O thread look.
    let wake: BusEventCounter
    /// A bit per peer that the I/O thread must look at: blocked or broken.
    private let attention = Atomic<UInt64>(0)
    private let closed = Atomic<Bool>(false)
    /// Messages of all topics that were begun so far.
    private let begun = Atomic<UInt64>(0)

    init() throws(BusError) {
        wake = try BusEventCounter()
    }

    var isClosed: Bool { closed.load(ordering: .acquiring) }

    func close() {
        closed.store(true, ordering: .releasing)
        wake.signal()
    }

    /// Never waits. One wake-up per peer until the I/O thread has looked.
    func needsAttention(_ peer: Int) {
        let bit: UInt64 = 1 << UInt64(peer)
        let (old, _) = attention.bitwiseOr(bit, ordering: .acquiringAndReleasing)
        if old & bit == 0 { wake.signal() }
    }

    /// The peers to look at since the last call.
    func takeAttention() -> UInt64 {
        attention.exchange(0, ordering: .acquiringAndReleasing)
    }

    // MARK: Order over all topics. Sequentially consistent together with the topics' subscriber masks.

    /// The place of a message among those of all topics; taken before the message can be seen.
    func takeOrder() -> UInt64 {
        begun.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
    }

    /// The newest place that was taken. Whatever was published before it, on the same thread or on one that the publisher
    /// of that message waited for, can be seen in its topic's ring by now.
    var newestOrder: UInt64 { begun.load(ordering: .sequentiallyConsistent) }
}
