import Synchronization

/// The words that sleepers of an interrupted process wait on. A signal's handler advances them: no lock, no allocation, and
/// no word is ever freed.
final class InterruptSleepers: @unchecked Sendable {
    // Sendable without checking is sound: the places are atomics at fixed addresses.

    /// One for each camera's loop; who finds no place wakes by its own timeout.
    private static let capacity = 64

    private let words: UnsafeMutablePointer<Atomic<UnsafeMutableRawPointer?>>

    init() {
        words = .allocate(capacity: Self.capacity)
        for index in 0..<Self.capacity { (words + index).initialize(to: Atomic(nil)) }
    }

    deinit {
        words.deinitialize(count: Self.capacity)
        words.deallocate()
    }

    func add(_ word: FutexWord) {
        let pointer = Unmanaged.passRetained(word).toOpaque()
        for index in 0..<Self.capacity {
            let taken = words[index].compareExchange(expected: nil, desired: pointer, ordering: .acquiringAndReleasing)
            if taken.exchanged { return }
        }
        Unmanaged<FutexWord>.fromOpaque(pointer).release()
    }

    func wake() {
        for index in 0..<Self.capacity {
            guard let pointer = words[index].load(ordering: .acquiring) else { return }
            Unmanaged<FutexWord>.fromOpaque(pointer).takeUnretainedValue().advance()
        }
    }
}
