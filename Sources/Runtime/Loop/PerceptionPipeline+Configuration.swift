import Platform

extension PerceptionPipeline {
    /// Runs of every network before the first frame: enough for a first prediction.
    private static var warmUpRuns: Int { 4 }

    /// Loads the networks of a configuration, and measures what they cost and how they are placed best.
    ///
    /// - Parameters:
    ///   - grant: how threads are scheduled.
    ///   - ignoresBudget: where time is the recording's, every network runs on every frame.
    public convenience init(
        _ configuration: Configuration, grant: RealTimeGrant = .none, ignoresBudget: Bool = false
    ) throws(RuntimeError) {
        let models = try LoadedNetworks(configuration)
        let budget = ignoresBudget ? nil : configuration.budget.map { BudgetOptions(budget: $0) }
        let threads = configuration.threads ?? Processors.count
        let isMeasured = configuration.placement == .automatic && budget != nil && models.hasBoth && threads > 1
        let isParallel =
            isMeasured
            ? try Self.isFasterSideBySide(models, threads: threads, grant)
            : configuration.placement == .parallel
        try self.init(models, budget: budget, isParallel: isParallel, threads: threads, grant)
        try warmUp(runs: budget == nil ? 1 : Self.warmUpRuns)
    }

    private convenience init(
        _ models: LoadedNetworks, budget: BudgetOptions?, isParallel: Bool, threads: Int, _ grant: RealTimeGrant
    ) throws(RuntimeError) {
        let split = isParallel && models.hasBoth && threads > 1
        // Side by side the detection network, which usually comes first, gets the odd processor.
        let first = split ? (threads + 1) / 2 : threads
        try self.init(
            detection: try models.detection(ThreadShare(count: first, first: 0, grant: grant)),
            road: try models.road(
                split
                    ? ThreadShare(count: threads - first, first: first, grant: grant)
                    : ThreadShare(count: threads, first: 0, grant: grant)),
            budget: budget, isParallel: split, scheduling: grant.thread(first))
    }

    /// Measures both placements.
    private static func isFasterSideBySide(
        _ models: LoadedNetworks, threads: Int, _ grant: RealTimeGrant
    ) throws(RuntimeError) -> Bool {
        var times: [Int64] = []
        for isParallel in [false, true] {
            let pipeline = try PerceptionPipeline(
                models, budget: nil, isParallel: isParallel, threads: threads, grant)
            try pipeline.warmUp(runs: 1)
            times.append(try pipeline.fullFrameTime(runs: warmUpRuns))
        }
        return times[1] < times[0]
    }
}
