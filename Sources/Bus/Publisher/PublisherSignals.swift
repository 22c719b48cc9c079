import Synchronization

/// How publishing threads talk to the I/O thread.
final class PublisherSignals: Sendable {
    /// Makes the I/O thread look.
    let wake: BusEventCounter
    /// A bit per peer that the I/O thread must look at: blocked or broken.
    private let attention = Atomic<UInt64>(0)
    private let closed = Atomic<Bool>(false)

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
}
