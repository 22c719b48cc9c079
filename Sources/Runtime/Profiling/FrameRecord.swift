import Messages
import Platform

/// What is kept of one frame for a profile.
package struct FrameRecord: Sendable {
    package var number: UInt64 = 0
    package var timeline = FrameTimeline()
    package var detection: NetworkOutcome?
    package var road: NetworkOutcome?
    package var missCause = Sightline_Timing.MissCause.none
    /// Frames dropped since the run began.
    package var dropped = 0

    package init() {}

    /// What became of the networks, in the order in which the report lists them.
    package var outcomes: [NetworkOutcome] { [detection, road].compactMap { $0 } }

    /// Nanoseconds from capture to published.
    package var total: Int64 { timeline.total }

    /// Nanoseconds from capture to published without the networks' inference. Where networks run side by side, the time in which
    /// at least one of them computed is left out.
    package var overhead: Int64 {
        var inference: Int64 = 0
        var covered = MonotonicTime(nanoseconds: .min)
        for index in 0..<timeline.spanCount {
            let span = timeline.spans[index]
            guard span.stage == .detection || span.stage == .road else { continue }
            inference += max(span.end - max(span.begin, covered), 0)
            covered = max(covered, span.end)
        }
        return total - inference
    }
}
