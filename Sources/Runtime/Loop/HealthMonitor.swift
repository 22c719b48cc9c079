import Messages
import Platform

/// Watches whether the loop keeps up, and says once a second how it stands.
struct HealthMonitor {
    private static let interval: Int64 = 1_000_000_000

    private let begin: MonotonicTime
    private var nextReport: MonotonicTime
    private var droppedBefore = 0
    private var sinceDropping: MonotonicTime?

    init(begin: MonotonicTime) {
        self.begin = begin
        nextReport = begin
    }

    /// A report when one is due: at once at the beginning, then every second.
    mutating func report(now: MonotonicTime, dropped: Int, timeline: FrameTimeline) -> HealthReport? {
        guard now >= nextReport else { return nil }
        nextReport = now + Self.interval
        let newlyDropped = dropped - droppedBefore
        droppedBefore = dropped
        sinceDropping = newlyDropped > 0 ? sinceDropping ?? now + -Self.interval : nil
        return HealthReport(
            uptime: now - begin, dropped: newlyDropped, droppingSince: sinceDropping,
            slowest: timeline.slowestOwnStage)
    }
}

/// How the loop stands at one moment.
struct HealthReport: Sendable {
    var uptime: Int64
    /// Frames that were overwritten in the last interval.
    var dropped: Int
    var droppingSince: MonotonicTime?
    /// The stage that takes the most time, waiting left out, and its nanoseconds.
    var slowest: (stage: Stage, nanoseconds: Int64)

    var message: Sightline_Health {
        .with {
            $0.uptimeNs = uptime
            $0.state = dropped > 0 ? .degraded : .good
            if dropped > 0 { $0.causes = [cause] }
        }
    }

    private var cause: Sightline_HealthCause {
        .with {
            $0.kind = .networkOverrun
            $0.stage = slowest.stage.name
            $0.sinceNs = droppingSince?.nanoseconds ?? 0
            $0.amount = Double(dropped)
            $0.unit = "frames"
            $0.count = UInt64(dropped)
            let milliseconds = fixedDecimal(Double(slowest.nanoseconds) / 1e6, digits: 1)
            $0.detail = "\(dropped) frames dropped in the last second; \(slowest.stage.name) took \(milliseconds) ms"
        }
    }
}

extension FrameTimeline {
    /// The stage of the loop's own that took longest on this frame.
    var slowestOwnStage: (stage: Stage, nanoseconds: Int64) {
        var slowest = (stage: Stage.preprocess, nanoseconds: duration(of: .preprocess))
        for stage in Stage.allCases where stage != .wait && duration(of: stage) > slowest.nanoseconds {
            slowest = (stage, duration(of: stage))
        }
        return slowest
    }
}
