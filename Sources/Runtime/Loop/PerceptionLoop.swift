import Imaging
import Platform
import SightlineBus

/// The real-time loop of one camera or drive: takes the newest frame from its source, runs the pipeline on it, publishes.
///
/// The loop has a thread of its own, where nothing waits for a subscriber, a disk or a log. The thread that calls ``run``
/// supervises: it watches, publishes health, and ends the run when the process is interrupted.
public final class PerceptionLoop {
    let source: any FrameSource
    let pipeline: PerceptionPipeline
    let publisher: ResultPublisher?
    /// What is wrong with the run; other parts of the process (a recorder, a camera) raise their causes here, too.
    public let health: HealthBoard
    let progress = LoopProgress()
    private let grant: RealTimeGrant
    private let begin = MonotonicTime.now

    /// - Parameters:
    ///   - publisher: nil to publish nothing.
    ///   - grant: how the threads of the frame path are scheduled.
    init(
        source: any FrameSource, pipeline: PerceptionPipeline, publisher: ResultPublisher?, health: HealthBoard,
        grant: RealTimeGrant = .none
    ) {
        self.source = source
        self.pipeline = pipeline
        self.publisher = publisher
        self.health = health
        self.grant = grant
    }

    /// Runs until the source's end, an interrupt, or an error.
    ///
    /// - Parameter onFrame: called on the loop's thread after each frame; what it takes is taken from the frame path.
    public func run(onFrame: (FrameReport) throws -> Void) throws -> RunSummary {
        let usage = ResourceUsage.current
        try pipeline.scene?.beginKeeping(health)
        defer { pipeline.scene?.endKeeping() }
        try source.start(health: health, grant: grant)
        let outcome: Result<FrameLoop.Totals, any Error>
        do {
            outcome = try withoutActuallyEscaping(onFrame) { try runThread(FrameLoop(self, onFrame: $0)) }
        } catch {
            try? source.stop()
            throw error
        }
        let totals: FrameLoop.Totals
        do {
            totals = try outcome.get()
        } catch {
            try? source.stop()
            throw error
        }
        try source.stop()
        return summary(totals, usage: usage)
    }

    /// Ends the run after the present frame; called by any thread.
    public func stop() {
        progress.requestStop()
        source.requestStop()
    }

    /// Runs the loop on its thread and supervises it from this one.
    private func runThread(_ loop: FrameLoop) throws(RuntimeError) -> Result<FrameLoop.Totals, any Error> {
        let thread: RealTimeThread
        do throws(PlatformError) {
            thread = try RealTimeThread(name: "sightline-loop", scheduling: grant.loop) { [health, progress] _ in
                loop.run()
                progress.end()
                health.wake()
            }
        } catch {
            throw .platform(error)
        }
        var supervisor = LoopSupervisor(self, begin: begin)
        supervisor.run()
        thread.join()
        return loop.outcome
    }

    /// A stage that takes longer hangs: far longer than any budget, and than a network on a slow machine.
    var hangLimit: Int64 { max(2_000_000_000, 10 * (pipeline.planner.options?.budget ?? 0)) }

    private func summary(_ totals: FrameLoop.Totals, usage: ResourceUsage) -> RunSummary {
        var summary = RunSummary()
        summary.framesProcessed = totals.frames
        summary.detections = totals.detections
        summary.framesDropped = source.slot.overwritten
        summary.framesLost = source.lostFrames
        summary.misses = totals.misses
        summary.budget = pipeline.planner.options?.budget
        summary.seconds = Double(MonotonicTime.now - begin) / 1e9
        summary.processorSeconds =
            Double(ResourceUsage.current.processorNanoseconds - usage.processorNanoseconds) / 1e9
        summary.stages = Stage.allCases.map { ($0, totals.recorder.summary(of: $0)) }
        summary.endToEnd = totals.recorder.endToEndSummary
        summary.wasInterrupted = InterruptFlag.isSet
        summary.calibration = pipeline.scene?.online.map(CalibrationSummary.init)
        return summary
    }
}
