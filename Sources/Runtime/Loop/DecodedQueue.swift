import Platform
import Recording
import Synchronization

/// Hands frames from the thread that decodes a drive to the one that releases them at their pace, some frames ahead: what a
/// heavy frame costs more is made up for before anybody waits for it.
///
/// One thread fills, one takes; neither holds a lock while it works. Nothing is allocated after the queue was made.
final class DecodedQueue: @unchecked Sendable {
    // Sendable without checking is sound: an entry is touched by the filling thread while it is not counted as filled, by the
    // taking thread while it is, and the two counters' exchange orders the one before the other.

    struct Entry: ~Copyable {
        var decoded = DecodedFrame()
        /// Which seek the frame follows: frames from before the newest one are thrown away.
        var generation: UInt32 = 0
        /// Whether the drive began anew with this frame.
        var beginsAnew = false
        /// Whether the drive ended here; there is no frame then.
        var isEnd = false
        /// Whether nothing follows, whatever is asked for: reading failed.
        var isFinal = false
    }

    /// Frames decoded ahead at most. Half a dozen cover a hiccup of 200 ms at 30 frames per second.
    private static let mostFrames = 6
    /// Memory for them: large pictures are decoded less far ahead.
    private static let mostBytes = 96 << 20

    let depth: Int
    private let entries: UnsafeMutablePointer<Entry>
    private let filled = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    private let changes = FutexWord()
    private let isFinished = Atomic<Bool>(false)

    /// - Parameter frameBytes: about what a frame takes.
    init(frameBytes: Int) {
        depth = max(1, min(Self.mostFrames, Self.mostBytes / max(frameBytes, 1)))
        entries = .allocate(capacity: depth)
        for index in 0..<depth { (entries + index).initialize(to: Entry()) }
    }

    deinit {
        entries.deinitialize(count: depth)
        entries.deallocate()
    }

    private var count: Int { filled.load(ordering: .acquiring) - taken.load(ordering: .acquiring) }

    var hasFinished: Bool { isFinished.load(ordering: .acquiring) }

    /// Ends all waiting, on both sides.
    func finish() {
        isFinished.store(true, ordering: .releasing)
        changes.advance()
    }

    /// Wakes whoever waits, to look at something else.
    func wake() { changes.advance() }

    // MARK: - Filling

    /// Whether an entry is free.
    var hasRoom: Bool { count < depth }

    /// Fills the free entry and hands it over, if `body` says so.
    func fill<Failure: Error>(_ body: (inout Entry) throws(Failure) -> Bool) throws(Failure) {
        guard try body(&entries[filled.load(ordering: .relaxed) % depth]) else { return }
        filled.wrappingAdd(1, ordering: .releasing)
        changes.advance()
    }

    // MARK: - Taking

    /// Waits for the oldest entry and lets `body` take what it holds; nil once the queue has finished.
    func take<Result>(_ body: (inout Entry) -> Result) -> Result? {
        wait { count > 0 }
        guard count > 0, !hasFinished else { return nil }
        let result = body(&entries[taken.load(ordering: .relaxed) % depth])
        taken.wrappingAdd(1, ordering: .releasing)
        changes.advance()
        return result
    }

    /// Waits until the condition holds, which either side or ``wake()`` brings about, or until the queue has finished.
    func wait(until isReached: () -> Bool) {
        while !isReached() && !hasFinished {
            let value = changes.value
            if isReached() || hasFinished { return }
            changes.wait(while: value)
        }
    }
}
