import CLinux
import Synchronization

/// Where workers meet after each step, and where they fetch tasks.
///
/// Each counter has a cache line of its own. Waiting spins for about as long as a short layer takes and then sleeps, so
/// that a worker whose peer was descheduled does not burn its processor.
final class Barrier: @unchecked Sendable {
    // Sendable without checking is sound: all state is atomic, at fixed addresses.

    private static let cacheLine = 128
    private static let spins = 2000

    private let memory: UnsafeMutableRawPointer
    private let parties: UInt32

    private var phase: UnsafeMutablePointer<Atomic<UInt32>> { counter(0) }
    private var arrived: UnsafeMutablePointer<Atomic<UInt32>> { counter(1) }
    private var sleepers: UnsafeMutablePointer<Atomic<UInt32>> { counter(2) }
    private var nextTask: UnsafeMutablePointer<Atomic<UInt32>> { counter(3) }
    /// The phase at whose beginning a run ended. A worker that leaves the barrier late still finds its own run's end here,
    /// though the next run may have begun: that one cannot end without it.
    private var finalPhase: UnsafeMutablePointer<Atomic<UInt32>> { counter(4) }
    private static let counters = 5

    init(parties: Int) {
        self.parties = UInt32(parties)
        memory = .allocate(byteCount: Self.counters * Self.cacheLine, alignment: Self.cacheLine)
        for index in 0..<Self.counters {
            (memory + index * Self.cacheLine).bindMemory(to: Atomic<UInt32>.self, capacity: 1).initialize(to: Atomic(0))
        }
    }

    deinit {
        memory.deallocate()
    }

    private func counter(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        (memory + index &* Self.cacheLine).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Prepares a run, before anybody is woken for it.
    func reset() {
        nextTask.pointee.store(0, ordering: .relaxed)
    }

    /// The next task of the present step; tasks that do not exist any more are handed out, too.
    @inline(__always)
    func takeTask() -> Int { Int(nextTask.pointee.wrappingAdd(1, ordering: .relaxed).oldValue) }

    /// Waits until all have come here. The last to come runs `conclude` before anybody goes on; when that returns false,
    /// everybody stops.
    ///
    /// - Returns: whether to go on.
    @inline(__always)
    func meet(_ conclude: () -> Bool) -> Bool {
        let current = phase.pointee.load(ordering: .acquiring)
        if arrived.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == parties {
            arrived.pointee.store(0, ordering: .relaxed)
            nextTask.pointee.store(0, ordering: .relaxed)
            if !conclude() { finalPhase.pointee.store(current &+ 1, ordering: .relaxed) }
            phase.pointee.store(current &+ 1, ordering: .sequentiallyConsistent)
            if sleepers.pointee.load(ordering: .sequentiallyConsistent) != 0 { sightline_futex_wake(phase, .max) }
        } else {
            wait(while: current)
        }
        return finalPhase.pointee.load(ordering: .relaxed) != current &+ 1
    }

    private func wait(while current: UInt32) {
        for _ in 0..<Self.spins {
            if phase.pointee.load(ordering: .acquiring) != current { return }
            sightline_spin_pause()
        }
        sleepers.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while phase.pointee.load(ordering: .sequentiallyConsistent) == current {
            _ = sightline_futex_wait(phase, current, -1)
        }
        sleepers.pointee.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }
}
