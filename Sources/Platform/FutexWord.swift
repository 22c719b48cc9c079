import CLinux
import Synchronization

/// A 32-bit counter that threads can sleep on until it changes.
///
/// Nothing here allocates. The word lives at a fixed address for as long as the object does.
public final class FutexWord: @unchecked Sendable {
    // Sendable without checking is sound: the only state is an atomic at a fixed address.
    private let address: UnsafeMutablePointer<Atomic<UInt32>>

    public init(_ value: UInt32 = 0) {
        address = .allocate(capacity: 1)
        address.initialize(to: Atomic(value))
    }

    deinit {
        address.deinitialize(count: 1)
        address.deallocate()
    }

    public var value: UInt32 { address.pointee.load(ordering: .acquiring) }

    /// Adds one and wakes everybody who sleeps.
    public func advance() {
        address.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing)
        sightline_futex_wake(address, .max)
    }

    /// Sleeps while the value is `value`, at most `timeoutNanoseconds` (for ever when negative). May return early: callers loop.
    public func wait(while value: UInt32, timeoutNanoseconds: Int64 = -1) {
        _ = sightline_futex_wait(address, value, timeoutNanoseconds)
    }
}
