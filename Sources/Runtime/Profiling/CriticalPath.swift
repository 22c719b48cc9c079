import Platform

/// Which stages a frame's latency consists of: the chain of stages, each of which began when the one before it ended.
///
/// Where stages overlap (networks side by side), only those count that the publication really waited for.
package enum CriticalPath {
    /// Nanoseconds that each stage, by raw value, holds of the way from capture to published. What lies between stages goes to
    /// the later one, so that the sum is the frame's total.
    package static func shares(of timeline: FrameTimeline) -> FrameTimeline.StageTimes {
        var shares = FrameTimeline.StageTimes(repeating: 0)
        var cursor = timeline.end
        while cursor > timeline.capture {
            guard let last = lastSpan(of: timeline, endingBy: cursor) else { break }
            // The stage that began latest among those that end here is the one that was waited for.
            let previous = lastSpan(of: timeline, endingBy: last.begin)
            let begin = previous.map { max($0.end, timeline.capture) } ?? timeline.capture
            shares[last.stage.rawValue] += cursor - min(begin, last.begin)
            cursor = min(begin, last.begin)
        }
        return shares
    }

    /// The span that ends last, but not after the moment.
    private static func lastSpan(of timeline: FrameTimeline, endingBy moment: MonotonicTime) -> FrameTimeline.Span? {
        var found: FrameTimeline.Span?
        for index in 0..<timeline.spanCount {
            let span = timeline.spans[index]
            guard span.end <= moment, span.begin < span.end, span.begin < moment else { continue }
            if found.map({ span.end > $0.end || (span.end == $0.end && span.begin > $0.begin) }) ?? true {
                found = span
            }
        }
        return found
    }
}
