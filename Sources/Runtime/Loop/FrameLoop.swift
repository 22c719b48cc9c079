import Imaging
import Messages
import Platform
import SightlineBus

/// The body of the loop's thread: one frame after the other, from the slot to the bus.
final class FrameLoop: @unchecked Sendable {
    // Sendable without checking is sound: between its making and its end, which `PerceptionLoop` waits for, it is used by the
    // loop's thread alone; `onFrame` belongs to the waiting caller, who does not use it meanwhile.

    /// What the loop has counted.
    struct Totals {
        var frames = 0
        var detections = 0
        var misses = MissCount()
        var recorder = LatencyRecorder()
    }

    /// How the loop ended; complete when its thread has ended.
    private(set) var outcome: Result<Totals, any Error> = .success(Totals())

    private let source: any FrameSource
    private let slot: LatestSlot<CapturedFrame>
    private let isVirtual: Bool
    private let pipeline: PerceptionPipeline
    private let publisher: ResultPublisher?
    private let progress: LoopProgress
    private let onFrame: (FrameReport) throws -> Void
    private let budget: Int64?
    private var overruns: OverrunMonitor
    private var missed: MissMonitor
    private var totals = Totals()

    init(_ loop: PerceptionLoop, onFrame: @escaping (FrameReport) throws -> Void) {
        source = loop.source
        slot = loop.source.slot
        isVirtual = loop.source.isVirtual
        pipeline = loop.pipeline
        publisher = loop.publisher
        progress = loop.progress
        budget = loop.pipeline.planner.options?.budget
        pipeline.progress = loop.progress
        pipeline.framePeriod = loop.source.framePeriod
        overruns = OverrunMonitor(board: loop.health, begin: .now)
        missed = MissMonitor(board: loop.health, begin: .now)
        self.onFrame = onFrame
    }

    func run() {
        do {
            var judge = DeadlineJudge(budget: budget)
            while !progress.shouldStop {
                progress.enter(.wait, now: .now)
                guard slot.waitAndTake(timeoutNanoseconds: 100_000_000) else {
                    if slot.hasFinished { break }
                    continue
                }
                try slot.withTaken { try process(&$0, &judge) }
            }
            outcome = .success(totals)
        } catch {
            outcome = .failure(error)
        }
    }

    private func process(_ captured: inout CapturedFrame, _ judge: inout DeadlineJudge) throws {
        guard let view = captured.unsafeView else { return }
        let stamp = FrameStamp(
            number: captured.number, captureTime: captured.captureTime, capture: isVirtual ? nil : captured.capture)
        progress.begin(stamp, now: .now)
        judge.begin()
        try pipeline.process(view, capture: captured.capture)
        if pipeline.isCutShort { return }
        try pipeline.analyse(view, time: stamp.captureTime, progress: progress)
        let cause: Sightline_Timing.MissCause
        do throws(BusError) {
            if let publisher { try publish(publisher, view, captured.camera.unsafeJPEG, stamp) }
            pipeline.finishPublishing()
            cause = judge.end(pipeline.timeline, arrival: captured.arrival)
            totals.misses.add(cause)
            missed.add(cause, excess: pipeline.timeline.total - (budget ?? 0), now: pipeline.timeline.end)
            // Times differ from run to run: on the virtual clock only results are published.
            if let publisher, !isVirtual { try publishTiming(publisher, stamp, cause) }
        } catch {
            throw RuntimeError.bus(error)
        }
        overruns.add(pipeline.timeline, dropped: slot.overwritten, now: pipeline.timeline.end)
        totals.recorder.record(pipeline.timeline)
        totals.frames += 1
        progress.finish(frames: totals.frames, misses: totals.misses.total)
        if pipeline.detectionOutcome?.isNew == true { totals.detections += pipeline.reportedDetections }
        try onFrame(
            FrameReport(
                view: view, stamp: stamp, pipeline: pipeline, missCause: cause, framesProcessed: totals.frames,
                framesDropped: slot.overwritten))
    }

    /// - Parameter jpeg: the frame as the camera sent it, where that is a JPEG.
    private func publish(
        _ publisher: ResultPublisher, _ view: ImageView, _ jpeg: UnsafeRawBufferPointer?, _ stamp: FrameStamp
    ) throws(BusError) {
        progress.enter(.publish, now: .now)
        // A frame whose network did not run has no detections to tell of, which is not the same as none.
        if let network = pipeline.detection, let outcome = pipeline.detectionOutcome, outcome.isNew {
            try publisher.publish(
                network, name: pipeline.detectionNames?[0] ?? network.name, outcome: outcome, scene: pipeline.scene,
                stamp: stamp, width: view.capturedWidth, height: view.capturedHeight)
        }
        // Tracks move on whether the network ran or not.
        if let tracking = pipeline.scene?.tracking {
            try publisher.publish(
                tracking, pipeline.scene?.ground, stamp: stamp, width: view.capturedWidth,
                height: view.capturedHeight)
        }
        if let network = pipeline.road, let outcome = pipeline.roadOutcome, outcome.hasResult {
            try publisher.publish(
                network, name: pipeline.roadNames?[0] ?? network.name, outcome: outcome, scene: pipeline.scene,
                stamp: stamp, width: view.capturedWidth, height: view.capturedHeight)
        }
        // As the camera compressed it: a recorder keeps it so, and an eighth of the bytes is copied.
        if let jpeg {
            try publisher.frames.publish(
                jpeg: jpeg, width: view.capturedWidth, height: view.capturedHeight, stamp: stamp)
        } else {
            try publisher.frames.publish(view, stamp: stamp)
        }
    }

    private func publishTiming(_ publisher: ResultPublisher, _ stamp: FrameStamp, _ cause: Sightline_Timing.MissCause)
        throws(BusError)
    {
        var message = TimingEncoder.Totals(total: pipeline.timeline.total)
        message.deadline = budget ?? 0
        message.missed = cause != .none
        message.missCause = cause
        message.droppedFrames = UInt64(slot.overwritten)
        message.lostFrames = UInt64(source.lostFrames)
        message.deadlineMisses = UInt64(totals.misses.total)
        try publisher.publishTiming(pipeline, stamp: stamp, totals: message)
    }
}
