import Messages
import Platform
import SightlineInference

/// What a profiled run measured: where the time of its frames went, and what the budget decided.
public struct ProfileReport: Sendable {
    /// How many blocks of frames a run is divided into for comparisons.
    static let blocks = 20

    /// One network's part.
    struct Network: Sendable {
        var name: String
        var variants: [String]
        /// Inference of the runs that were completed within their frame, by variant.
        var inference: [DurationSeries]
        /// How often each plan was taken, by the plan's raw value.
        var plans: [Int: Int]
        /// Milliseconds by which predictions were wrong, for runs that were completed: predicted less taken.
        var predictionError: DurationSeries
        /// How old results were at capture of the frames that they were told on; 0 for a frame's own.
        var resultAge: DurationSeries
        var layers: [LayerTiming]
    }

    let drive: String
    let frames: [FrameRecord]
    let dropped: Int
    let lost: Int
    let budget: Int64?
    let misses: MissCount
    let endToEnd: DurationSeries
    /// From capture to published without inference.
    let overhead: DurationSeries
    let stages: [(stage: Stage, series: DurationSeries)]
    let networks: [Network]
    /// From publication to publication.
    let intervals: DurationSeries
    /// Mean share of each stage in the way from capture to published, milliseconds, and the same for the slowest hundredth.
    let criticalPath: [(stage: Stage, mean: Double, slow: Double)]
    let allocationsPerFrame: Double?
    let processorMillisecondsPerFrame: Double
    let isParallel: Bool
    let threads: Int
    let instructionSet: String

    public init(_ recorder: ProfileRecorder, summary: RunSummary, drive: String, pipeline: PerceptionPipeline) {
        self.drive = drive
        frames = recorder.frames
        dropped = summary.framesDropped
        lost = summary.framesLost
        budget = summary.budget
        var misses = MissCount()
        for frame in recorder.frames { misses.add(frame.missCause) }
        self.misses = misses
        endToEnd = DurationSeries(recorder.frames.map(\.total))
        overhead = DurationSeries(recorder.frames.map(\.overhead))
        stages = Stage.allCases.compactMap { stage in
            let frames = recorder.frames.filter { $0.timeline.start(of: stage) != nil }
            return frames.isEmpty ? nil : (stage, DurationSeries(frames.map { $0.timeline.duration(of: stage) }))
        }
        let ends = recorder.frames.map(\.timeline.end)
        intervals = DurationSeries(zip(ends, ends.dropFirst()).map { $1 - $0 })
        criticalPath = Self.criticalPath(recorder.frames)
        networks = Self.networks(recorder.frames, pipeline)
        allocationsPerFrame = recorder.allocationCount.map { Double($0) / Double(max(recorder.frames.count, 1)) }
        processorMillisecondsPerFrame = summary.processorSeconds * 1e3 / Double(max(summary.framesProcessed, 1))
        isParallel = pipeline.isParallel
        threads = pipeline.threads
        instructionSet = pipeline.instructionSet
    }

    private static func criticalPath(_ frames: [FrameRecord]) -> [(stage: Stage, mean: Double, slow: Double)] {
        let slowest = frames.sorted { $0.total > $1.total }.prefix(max(frames.count / 100, 1))
        func means(_ frames: some Collection<FrameRecord>) -> [Double] {
            var sums = [Double](repeating: 0, count: Stage.count)
            for frame in frames {
                let shares = CriticalPath.shares(of: frame.timeline)
                for stage in 0..<Stage.count { sums[stage] += Double(shares[stage]) / 1e6 }
            }
            return sums.map { $0 / Double(max(frames.count, 1)) }
        }
        let (mean, slow) = (means(frames), means(slowest))
        return Stage.allCases.map { ($0, mean[$0.rawValue], slow[$0.rawValue]) }.filter { $0.1 > 0 || $0.2 > 0 }
    }

    private static func networks(_ frames: [FrameRecord], _ pipeline: PerceptionPipeline) -> [Network] {
        var networks: [Network] = []
        if let names = pipeline.detectionNames {
            networks.append(network(names, frames.compactMap(\.detection), pipeline.detectionLayers))
        }
        if let names = pipeline.roadNames {
            networks.append(network(names, frames.compactMap(\.road), pipeline.roadLayers))
        }
        return networks
    }

    private static func network(_ names: [String], _ outcomes: [NetworkOutcome], _ layers: [LayerTiming]) -> Network {
        let complete = outcomes.filter { $0.plan == .full || $0.plan == .cheaperVariant }
        return Network(
            name: names[0], variants: names,
            inference: names.indices.map { variant in
                DurationSeries(complete.filter { $0.variant == variant }.map(\.duration))
            },
            plans: Dictionary(outcomes.map { ($0.plan.rawValue, 1) }, uniquingKeysWith: +),
            predictionError: DurationSeries(
                complete.filter { $0.predicted > 0 }.map { $0.predicted - ($0.end - $0.begin) }),
            resultAge: DurationSeries(outcomes.filter(\.hasResult).map(\.resultAge)), layers: layers)
    }
}
