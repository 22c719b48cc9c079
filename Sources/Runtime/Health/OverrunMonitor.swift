import Messages
import Platform

/// Raises a network overrun while the loop drops frames, and names the stage that takes most of its time.
///
/// Belongs to the loop's thread and allocates nothing. Frames are judged a second at a time, so that one hiccup is one
/// episode.
package struct OverrunMonitor {
    private static let interval: Int64 = 1_000_000_000

    private let signals: [HealthSignal]
    private var windowEnd: MonotonicTime
    private var droppedBefore = 0
    private var totals: FrameTimeline.StageTimes = .init(repeating: 0)

    package init(board: HealthBoard, begin: MonotonicTime) {
        windowEnd = begin + Self.interval
        signals = Stage.allCases.map { stage in
            board.signal(.networkOverrun, stage: stage.name, unit: "frames") { amount, _ in
                "\(Int(amount)) frames dropped within a second; most of the loop's time went to \(stage.name)"
            }
        }
    }

    /// Takes in a frame's timeline and the number of frames dropped so far.
    package mutating func add(_ timeline: FrameTimeline, dropped: Int, now: MonotonicTime) {
        for stage in Stage.allCases where stage != .wait { totals[stage.rawValue] += timeline.duration(of: stage) }
        guard now >= windowEnd else { return }
        let newlyDropped = dropped - droppedBefore
        let slowest = slowestStage
        for stage in Stage.allCases {
            if newlyDropped > 0 && stage == slowest {
                signals[stage.rawValue].raise(amount: Double(newlyDropped), since: windowEnd + -Self.interval)
            } else {
                signals[stage.rawValue].clear(now: now)
            }
        }
        droppedBefore = dropped
        totals = .init(repeating: 0)
        windowEnd = now + Self.interval
    }

    private var slowestStage: Stage {
        var slowest = Stage.preprocess
        for stage in Stage.allCases where totals[stage.rawValue] > totals[slowest.rawValue] { slowest = stage }
        return slowest
    }
}
