import Imaging
import Platform
import SightlineInference

/// One camera's networks, run on one frame after the other within the latency budget. Allocates nothing once the first frame
/// has passed.
public final class PerceptionPipeline {
    /// The work of the road network when it runs beside the detection network: what its thread needs to know.
    private final class SideWork {
        let runner: NetworkRunner<RoadNetwork>
        var view: ImageView?
        var capture = MonotonicTime(nanoseconds: 0)

        init(_ runner: NetworkRunner<RoadNetwork>) { self.runner = runner }

        func run() throws(RuntimeError) {
            guard let view else { return }
            try runner.work(view, capture: capture, progress: nil)
        }
    }

    private let detectionRunner: NetworkRunner<DetectionNetwork>?
    private let roadRunner: NetworkRunner<RoadNetwork>?
    private let side: SideWork?
    private let lane: NetworkLane?
    private(set) var planner: BudgetPlanner

    /// Whether the networks run side by side on split processors, not one after the other on all of them.
    public var isParallel: Bool { lane != nil }

    /// When the stages of the last frame took place.
    public private(set) var timeline = FrameTimeline()

    /// What looks at more than one network or frame; nil before ``prepareScene(_:)``.
    public internal(set) var scene: SceneAnalysis?

    /// Whether a network was left out because the run is to end: the frame has no complete results.
    private(set) var isCutShort = false

    /// Told which stage begins; set by the loop.
    var progress: LoopProgress?
    /// Nanoseconds from frame to frame; set by the loop.
    var framePeriod: Int64 = 33_333_333
    /// Size and format of the frames that the networks are prepared for.
    private var frameDescription: ImageDescription?
    private var networksBegin = MonotonicTime(nanoseconds: 0)
    private var networksEnd = MonotonicTime(nanoseconds: 0)

    /// - Parameters:
    ///   - isParallel: whether the road network has a thread of its own beside the detection network's.
    ///   - scheduling: of that thread.
    init(
        detection: NetworkSet<DetectionNetwork>?, road: NetworkSet<RoadNetwork>?, budget: BudgetOptions?,
        isParallel: Bool = false, scheduling: RealTimeThread.Scheduling = .normal
    ) throws(RuntimeError) {
        let isSplit = isParallel && detection != nil && road != nil
        var networks: [(policy: NetworkPolicy, lane: Int, variants: Int)] = []
        if let detection { networks.append((detection.policy, 0, detection.variants.count)) }
        if let road { networks.append((road.policy, isSplit ? 1 : 0, road.variants.count)) }
        planner = BudgetPlanner(networks, options: budget)
        detectionRunner = detection.map {
            NetworkRunner($0, stage: .detection, index: 0)
        }
        roadRunner = road.map {
            NetworkRunner($0, stage: .road, index: detection == nil ? 0 : 1)
        }
        guard isSplit, let roadRunner else {
            side = nil
            lane = nil
            return
        }
        let side = SideWork(roadRunner)
        self.side = side
        lane = try NetworkLane(name: "sightline-road", scheduling: scheduling) { () throws(RuntimeError) in
            try side.run()
        }
    }

    // MARK: - Results

    /// The detection network whose result is the newest.
    public var detection: DetectionNetwork? { detectionRunner?.newest }
    /// The road network whose result is the newest.
    public var road: RoadNetwork? { roadRunner?.newest }
    /// Names of the detection network's variants, the full one first.
    var detectionNames: [String]? { detectionRunner?.names }
    /// Names of the road network's variants, the full one first.
    var roadNames: [String]? { roadRunner?.names }
    /// What each layer of the full detection network has cost, where that is measured.
    var detectionLayers: [LayerTiming] { detectionRunner?.variants[0].layerTimings ?? [] }
    /// What each layer of the full road network has cost, where that is measured.
    var roadLayers: [LayerTiming] { roadRunner?.variants[0].layerTimings ?? [] }
    /// The instruction set of the int8 kernels.
    var instructionSet: String { detection?.instructionSet ?? road?.instructionSet ?? "" }
    /// Threads that compute.
    var threads: Int {
        let (first, second) = (detection?.threads ?? 0, road?.threads ?? 0)
        return isParallel ? first + second : max(first, second)
    }

    /// What became of the detection network on the last frame; nil when there is none.
    public var detectionOutcome: NetworkOutcome? { detectionRunner?.outcome }
    /// What became of the road network on the last frame; nil when there is none.
    public var roadOutcome: NetworkOutcome? { roadRunner?.outcome }

    // MARK: - Running

    /// Runs on one frame what the budget allows.
    ///
    /// - Parameter capture: when the frame was captured, on the monotonic clock.
    public func process(_ view: ImageView, capture: MonotonicTime) throws(RuntimeError) {
        let now = MonotonicTime.now
        timeline.begin(capture: capture, now: now)
        if frameDescription != view.description {
            try detectionRunner?.plan(for: view.description)
            try roadRunner?.plan(for: view.description)
            frameDescription = view.description
        }
        planner.beginFrame(capture: capture, now: now, period: framePeriod)
        networksBegin = now
        if let lane, let side, let detectionRunner, let roadRunner {
            try workSideBySide(view, capture, lane, side, detectionRunner, roadRunner)
        } else {
            for index in planner.order {
                // Whoever wants to end does not wait for a network that has not begun.
                if let progress, progress.shouldStop {
                    isCutShort = true
                    break
                }
                if let detectionRunner, detectionRunner.index == index {
                    try work(detectionRunner, view, capture)
                } else if let roadRunner {
                    try work(roadRunner, view, capture)
                }
            }
        }
        networksEnd = .now
        // What looks at more than one network or frame follows in `analyse`, each as a stage: `.track`, `.locate`.
    }

    private func work<Network>(
        _ runner: NetworkRunner<Network>, _ view: ImageView, _ capture: MonotonicTime
    ) throws(RuntimeError) {
        runner.choose(&planner, now: .now)
        try runner.work(view, capture: capture, progress: progress)
        runner.record(&planner)
        timeline.enter(runner.outcome, stage: runner.stage)
    }

    private func workSideBySide(
        _ view: ImageView, _ capture: MonotonicTime, _ lane: NetworkLane, _ side: SideWork,
        _ detectionRunner: NetworkRunner<DetectionNetwork>, _ roadRunner: NetworkRunner<RoadNetwork>
    ) throws(RuntimeError) {
        let now = MonotonicTime.now
        detectionRunner.choose(&planner, now: now)
        roadRunner.choose(&planner, now: now)
        side.view = view
        side.capture = capture
        lane.start()
        // The lane must be done with the frame before an error may leave this function.
        let outcome: Result<Void, RuntimeError>
        do throws(RuntimeError) {
            try detectionRunner.work(view, capture: capture, progress: progress)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        progress?.enter(.road, now: .now)
        try lane.finish()
        try outcome.get()
        detectionRunner.record(&planner)
        roadRunner.record(&planner)
        timeline.enter(detectionRunner.outcome, stage: .detection)
        timeline.enter(roadRunner.outcome, stage: .road)
    }

    /// Ends a stage behind the networks: it lasted from the end of the stage before until now.
    func finish(_ stage: Stage) {
        timeline.finish(stage)
    }

    /// Ends the frame with its publication.
    public func finishPublishing() {
        timeline.finish(.publish)
        planner.endFrame(
            overhead: timeline.total - timeline.duration(of: .wait) - (networksEnd - networksBegin))
    }

    // MARK: - Before the first frame

    /// Runs every variant some times on a grey picture, so that memory is there and costs are known.
    func warmUp(runs: Int) throws(RuntimeError) {
        try withGreyPicture { (view) throws(RuntimeError) in
            try detectionRunner?.warmUp(view, runs: runs, planner: &planner)
            try roadRunner?.warmUp(view, runs: runs, planner: &planner)
        }
    }

    /// The least time that all full networks take on one frame, as they are placed; nanoseconds.
    func fullFrameTime(runs: Int) throws(RuntimeError) -> Int64 {
        try withGreyPicture { (view) throws(RuntimeError) in
            var least = Int64.max
            for _ in 0..<runs {
                let begin = MonotonicTime.now
                detectionRunner?.chooseFull()
                roadRunner?.chooseFull()
                if let lane, let side {
                    side.view = view
                    lane.start()
                    try detectionRunner?.work(view, capture: begin, progress: nil)
                    try lane.finish()
                } else {
                    try detectionRunner?.work(view, capture: begin, progress: nil)
                    try roadRunner?.work(view, capture: begin, progress: nil)
                }
                least = min(least, .now - begin)
            }
            return least
        }
    }

    private func withGreyPicture<Result>(_ body: (ImageView) throws(RuntimeError) -> Result) throws(RuntimeError)
        -> Result
    {
        let picture: ImageBuffer
        do throws(ImagingError) {
            picture = try ImageBuffer(ImageDescription(width: 1280, height: 720, format: .rgb24))
        } catch {
            throw .imaging(error)
        }
        return try picture.withView(body)
    }
}
