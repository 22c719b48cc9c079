import Platform
import Synchronization

/// Where the loop is, written by the loop and read by whoever watches it.
package final class LoopProgress: Sendable {
    private let stage = Atomic<Int>(Stage.wait.rawValue)
    private let since = Atomic<Int64>(0)
    private let number = Atomic<UInt64>(0)
    private let captureTime = Atomic<Int64>(0)
    private let capture = Atomic<Int64>(0)
    private let done = Atomic<Int>(0)
    private let misses = Atomic<Int>(0)
    private let ended = Atomic<Bool>(false)
    private let stopWanted = Atomic<Bool>(false)

    package init() {}

    // MARK: - The loop

    /// A stage begins. Costs two stores.
    @inline(__always)
    package func enter(_ stage: Stage, now: MonotonicTime) {
        since.store(now.nanoseconds, ordering: .relaxed)
        self.stage.store(stage.rawValue, ordering: .releasing)
    }

    /// A frame has been taken from the slot.
    package func begin(_ stamp: FrameStamp, now: MonotonicTime) {
        number.store(stamp.number, ordering: .relaxed)
        captureTime.store(stamp.captureTime, ordering: .relaxed)
        capture.store(stamp.capture?.nanoseconds ?? 0, ordering: .relaxed)
        enter(.preprocess, now: now)
    }

    /// A frame is done.
    package func finish(frames: Int, misses: Int) {
        done.store(frames, ordering: .relaxed)
        self.misses.store(misses, ordering: .relaxed)
    }

    package func end() { ended.store(true, ordering: .releasing) }

    // MARK: - Whoever watches

    /// The stage that the loop is in, and since when.
    package var current: (stage: Stage, since: MonotonicTime) {
        (Stage(rawValue: stage.load(ordering: .acquiring)) ?? .wait, .init(nanoseconds: since.load(ordering: .relaxed)))
    }

    /// The stamp of the frame that was taken last.
    package var lastStamp: FrameStamp {
        let moment = capture.load(ordering: .relaxed)
        return FrameStamp(
            number: number.load(ordering: .relaxed), captureTime: captureTime.load(ordering: .relaxed),
            capture: moment == 0 ? nil : MonotonicTime(nanoseconds: moment))
    }

    package var framesDone: Int { done.load(ordering: .relaxed) }

    /// One line for a person.
    package var statusLine: String {
        "\(framesDone) frames, \(misses.load(ordering: .relaxed)) deadlines missed"
    }

    /// Asks the loop to end after the present frame.
    package func requestStop() { stopWanted.store(true, ordering: .releasing) }

    /// Whether the loop is to end. The loop sees an interrupt itself: with real-time priority it may keep whoever watches from
    /// running until the frame is done.
    package var shouldStop: Bool { InterruptFlag.isSet || stopWanted.load(ordering: .acquiring) }

    package var hasEnded: Bool { ended.load(ordering: .acquiring) }
}
