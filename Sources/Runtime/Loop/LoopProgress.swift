import Platform
import Synchronization

/// Where the loop is, written by the loop and read by whoever watches it.
final class LoopProgress: Sendable {
    private let stage = Atomic<Int>(Stage.wait.rawValue)
    private let since = Atomic<Int64>(0)
    private let number = Atomic<UInt64>(0)
    private let captureTime = Atomic<Int64>(0)
    private let capture = Atomic<Int64>(0)
    private let ended = Atomic<Bool>(false)

    // MARK: - The loop

    /// A stage begins. Costs two stores.
    @inline(__always)
    func enter(_ stage: Stage, now: MonotonicTime) {
        since.store(now.nanoseconds, ordering: .relaxed)
        self.stage.store(stage.rawValue, ordering: .releasing)
    }

    /// A frame has been taken from the slot.
    func begin(_ stamp: FrameStamp, now: MonotonicTime) {
        number.store(stamp.number, ordering: .relaxed)
        captureTime.store(stamp.captureTime, ordering: .relaxed)
        capture.store(stamp.capture?.nanoseconds ?? 0, ordering: .relaxed)
        enter(.preprocess, now: now)
    }

    func end() { ended.store(true, ordering: .releasing) }

    // MARK: - Whoever watches

    /// The stage that the loop is in, and since when.
    var current: (stage: Stage, since: MonotonicTime) {
        (Stage(rawValue: stage.load(ordering: .acquiring)) ?? .wait, .init(nanoseconds: since.load(ordering: .relaxed)))
    }

    /// The stamp of the frame that was taken last.
    var lastStamp: FrameStamp {
        let moment = capture.load(ordering: .relaxed)
        return FrameStamp(
            number: number.load(ordering: .relaxed), captureTime: captureTime.load(ordering: .relaxed),
            capture: moment == 0 ? nil : MonotonicTime(nanoseconds: moment))
    }

    var hasEnded: Bool { ended.load(ordering: .acquiring) }
}
