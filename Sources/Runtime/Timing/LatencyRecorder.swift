/// Histograms of every stage and of the whole way from capture to publication.
public struct LatencyRecorder: Sendable {
    private var stages: [LatencyHistogram] = Stage.allCases.map { _ in LatencyHistogram() }
    private var endToEnd = LatencyHistogram()

    public init() {}

    public mutating func record(_ timeline: FrameTimeline) {
        for stage in Stage.allCases { stages[stage.rawValue].record(nanoseconds: timeline.duration(of: stage)) }
        endToEnd.record(nanoseconds: timeline.total)
    }

    public func summary(of stage: Stage) -> LatencySummary { stages[stage.rawValue].summary }

    public var endToEndSummary: LatencySummary { endToEnd.summary }
}
