import Imaging
import Platform

/// Runs one network's variants as the budget decides, and keeps the newest result.
///
/// A frame has three steps: the budget chooses, the work is done (on the loop's thread or beside it), the budget learns what
/// it took. Only the work touches the network, so that two runners can work at the same time.
package final class NetworkRunner<Network: FrameNetwork>: @unchecked Sendable {
    // Sendable without checking is sound: the loop hands a runner to its lane and waits for the lane before it touches the
    // runner again.

    /// The full network, then its cheaper variants.
    package let variants: [Network]
    /// Names of the variants.
    package let names: [String]
    package let stage: Stage
    /// The network's place in the planner.
    package let index: Int
    private let policy: NetworkPolicy
    package private(set) var outcome = NetworkOutcome()
    /// The variant that made the newest result.
    package private(set) var newestVariant = 0

    private var choice = NetworkChoice.rest
    private var deadline: MonotonicTime?
    private var decoding = CostEstimate()
    /// Capture time of the frame that the newest result shows.
    private var resultCapture: MonotonicTime?
    /// The run that is spread over frames: which frame it is about, and the time spent so far.
    private var slices: (capture: MonotonicTime, nanoseconds: Int64)?
    private var isSlicedRun = false
    private var finishedSlices: (nanoseconds: Int64, capture: MonotonicTime)?

    package init(_ set: NetworkSet<Network>, stage: Stage, index: Int) {
        variants = set.variants
        names = set.names
        policy = set.policy
        self.stage = stage
        self.index = index
    }

    /// The network with the newest result.
    package var newest: Network { variants[newestVariant] }

    /// Prepares all variants for frames of this size and format: which of them runs first under load, and when, nobody knows.
    /// A run that is spread over frames begins anew.
    package func plan(for source: ImageDescription) throws(RuntimeError) {
        slices = nil
        for network in variants { try network.plan(for: source) }
    }

    // MARK: - Choosing

    package func choose(_ planner: inout BudgetPlanner, now: MonotonicTime) {
        outcome.restart(now: now)
        choice = planner.choose(index, now: now)
        outcome.predicted = planner.options == nil ? 0 : planner.prediction(index, choice, now: now)
        guard let options = planner.options else {
            deadline = nil
            return
        }
        deadline = (choice == .slice ? planner.sliceDeadline(index) : planner.networkDeadline) + -decoding.prediction
        if choice != .slice && planner.isHopeless(index, options) { deadline = nil }
    }

    // MARK: - Working

    /// Does what was chosen.
    package func work(_ view: ImageView, capture: MonotonicTime, progress: LoopProgress?) throws(RuntimeError) {
        finishedSlices = nil
        isSlicedRun = false
        outcome.begin = .now
        outcome.prepared = outcome.begin
        outcome.inferred = outcome.begin
        switch choice {
        case .run(let variant):
            if variant == 0 && policy.spreads, let deadline {
                try workSlice(view, capture, until: deadline, progress)
            } else {
                try workWhole(view, capture, variant: variant, progress)
            }
        case .slice:
            if let deadline { try workSlice(view, capture, until: deadline, progress) }
        case .rest:
            break
        }
        outcome.end = .now
        settle(capture)
    }

    private func workWhole(
        _ view: ImageView, _ capture: MonotonicTime, variant: Int, _ progress: LoopProgress?
    ) throws(RuntimeError) {
        let network = variants[variant]
        outcome.variant = variant
        progress?.enter(.preprocess, now: outcome.begin)
        try network.prepare(view)
        outcome.prepared = .now
        progress?.enter(stage, now: outcome.prepared)
        let isComplete = try network.infer(deadline: deadline)
        outcome.inferred = .now
        guard isComplete else {
            outcome.plan = .stopped
            return
        }
        try decode(network, variant: variant, capture, progress)
        outcome.plan = variant == 0 ? .full : .cheaperVariant
    }

    private func workSlice(
        _ view: ImageView, _ capture: MonotonicTime, until deadline: MonotonicTime, _ progress: LoopProgress?
    ) throws(RuntimeError) {
        let network = variants[0]
        isSlicedRun = true
        outcome.variant = 0
        let isNew = slices == nil
        var run = slices ?? (capture, 0)
        if isNew {
            progress?.enter(.preprocess, now: outcome.begin)
            try network.prepare(view)
            outcome.prepared = .now
        }
        progress?.enter(stage, now: outcome.prepared)
        let isComplete = try network.advance(until: deadline, isNew: isNew)
        outcome.inferred = .now
        run.nanoseconds += outcome.inferred - outcome.begin
        guard isComplete else {
            slices = run
            return
        }
        slices = nil
        try decode(network, variant: 0, run.capture, progress)
        finishedSlices = (run.nanoseconds + (.now - outcome.inferred), run.capture)
        outcome.plan = isNew ? .full : .carried
    }

    private func decode(
        _ network: Network, variant: Int, _ capture: MonotonicTime, _ progress: LoopProgress?
    ) throws(RuntimeError) {
        progress?.enter(.decode, now: outcome.inferred)
        try network.decode()
        decoding.record(.now - outcome.inferred)
        newestVariant = variant
        resultCapture = capture
        outcome.isNew = true
    }

    /// Works out what there is to publish.
    private func settle(_ capture: MonotonicTime) {
        outcome.duration = outcome.inferred - outcome.prepared
        outcome.resultAge = resultCapture.map { capture - $0 } ?? 0
        outcome.hasResult =
            resultCapture != nil
            && (outcome.isNew || (policy.carriesResults && outcome.resultAge <= NetworkPolicy.carryLimit))
        if outcome.plan == .skipped && outcome.hasResult { outcome.plan = .carried }
    }

    // MARK: - Learning

    /// Tells the budget what the work took.
    package func record(_ planner: inout BudgetPlanner) {
        let taken = outcome.end - outcome.begin
        if isSlicedRun {
            planner.slicedRun(index, finished: finishedSlices)
        } else if case .run(let variant) = choice {
            if outcome.plan == .stopped {
                planner.stoppedRun(index, variant: variant, nanoseconds: taken)
            } else {
                planner.finishedRun(index, variant: variant, nanoseconds: taken)
            }
        }
    }

    // MARK: - Before the first frame

    /// Chooses the full network, whatever the budget says.
    package func chooseFull() {
        outcome.restart(now: .now)
        choice = .run(variant: 0)
        deadline = nil
    }

    /// Runs every variant some times on a picture, so that memory is there and costs are known.
    package func warmUp(_ view: ImageView, runs: Int, planner: inout BudgetPlanner) throws(RuntimeError) {
        for (variant, network) in variants.enumerated() {
            for run in 0...runs {
                let begin = MonotonicTime.now
                try network.prepare(view)
                _ = try network.infer(deadline: nil)
                let inferred = MonotonicTime.now
                try network.decode()
                let end = MonotonicTime.now
                // The first run meets cold memory.
                guard run > 0 else { continue }
                planner.seed(index, variant: variant, nanoseconds: end - begin)
                decoding.record(end - inferred)
            }
        }
    }
}
