import Platform
import Synchronization

/// Hands the newest of three preallocated elements from one producing thread to one consuming thread.
///
/// There is no queue: an element that the consumer did not take before the next one came is overwritten and counted.
/// Neither side ever waits for the other to finish with an element, and nothing is allocated. (Triple buffering: each side
/// owns one element, the third changes hands by one atomic exchange.)
final class LatestSlot<Element>: @unchecked Sendable {
    // Sendable without checking is sound: `back` is touched by the producer only, `front` by the consumer only, and the
    // exchange of `middle` orders the writes of one before the reads of the other.
    private let elements: UnsafeMutablePointer<Element>
    private var back = 0
    private var front = 2
    private let middle = Atomic<Int>(1)
    private let changes = FutexWord()
    private let isFinished = Atomic<Bool>(false)
    private let overwrittenCount = Atomic<Int>(0)

    private static var freshMark: Int { 4 }

    init(_ makeElement: () throws -> Element) rethrows {
        let first = try makeElement()
        let second = try makeElement()
        let third = try makeElement()
        elements = .allocate(capacity: 3)
        elements.initialize(to: first)
        (elements + 1).initialize(to: second)
        (elements + 2).initialize(to: third)
    }

    deinit {
        elements.deinitialize(count: 3)
        elements.deallocate()
    }

    /// How many elements were overwritten before the consumer took them.
    var overwritten: Int { overwrittenCount.load(ordering: .relaxed) }

    // MARK: - Producer

    /// Fills the producer's element; nobody else sees it until ``publish()``.
    func fill<Result, Failure: Error>(_ body: (inout Element) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(&elements[back])
    }

    /// Makes the filled element the newest.
    func publish() {
        let previous = middle.exchange(back | Self.freshMark, ordering: .acquiringAndReleasing)
        if previous & Self.freshMark != 0 { overwrittenCount.wrappingAdd(1, ordering: .relaxed) }
        back = previous & ~Self.freshMark
        changes.advance()
    }

    /// Whether the newest element has been taken, or there has been none.
    var isTaken: Bool { middle.load(ordering: .acquiring) & Self.freshMark == 0 }

    /// Waits until the consumer has taken the newest element, so that none is lost: for replay that is not live.
    func waitUntilTaken() {
        while !isTaken && !isFinished.load(ordering: .acquiring) {
            let value = changes.value
            if isTaken { return }
            changes.wait(while: value, timeoutNanoseconds: 100_000_000)
        }
    }

    // MARK: - Consumer

    /// Takes the newest element if there is one that was not taken before; it stays the consumer's until the next call.
    func take() -> Bool {
        guard !isTaken else { return false }
        let previous = middle.exchange(front, ordering: .acquiringAndReleasing)
        front = previous & ~Self.freshMark
        changes.advance()
        return true
    }

    /// Waits for an element and takes it; false once the producer has finished and nothing is left, or after the timeout.
    func waitAndTake(timeoutNanoseconds: Int64) -> Bool {
        let deadline = MonotonicTime.now + timeoutNanoseconds
        while true {
            let value = changes.value
            if take() { return true }
            if hasFinished { return take() }
            let remaining = deadline - MonotonicTime.now
            if remaining <= 0 { return false }
            changes.wait(while: value, timeoutNanoseconds: remaining)
        }
    }

    /// The element that the consumer took last.
    func withTaken<Result, Failure: Error>(_ body: (inout Element) throws(Failure) -> Result) throws(Failure) -> Result
    {
        try body(&elements[front])
    }

    // MARK: - End

    /// Says that nothing more will come, or that nothing more is wanted. Either side may call it.
    func finish() {
        isFinished.store(true, ordering: .releasing)
        changes.advance()
    }

    var hasFinished: Bool { isFinished.load(ordering: .acquiring) }
}
