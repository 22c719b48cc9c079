import Imaging
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
    private var overruns: OverrunMonitor
    private var totals = Totals()

    init(_ loop: PerceptionLoop, onFrame: @escaping (FrameReport) throws -> Void) {
        source = loop.source
        slot = loop.source.slot
        isVirtual = loop.source.isVirtual
        pipeline = loop.pipeline
        publisher = loop.publisher
        progress = loop.progress
        overruns = OverrunMonitor(board: loop.health, begin: .now)
        self.onFrame = onFrame
    }

    func run() {
        do {
            while !InterruptFlag.isSet {
                progress.enter(.wait, now: .now)
                guard slot.waitAndTake(timeoutNanoseconds: 100_000_000) else {
                    if slot.hasFinished { break }
                    continue
                }
                try slot.withTaken { try process(&$0) }
            }
            outcome = .success(totals)
        } catch {
            outcome = .failure(error)
        }
    }

    private func process(_ captured: inout CapturedFrame) throws {
        guard let view = captured.unsafeView else { return }
        let stamp = FrameStamp(
            number: captured.number, captureTime: captured.captureTime, capture: isVirtual ? nil : captured.capture)
        progress.begin(stamp, now: .now)
        try pipeline.process(view, capture: captured.capture)
        if let publisher {
            do throws(BusError) { try publish(publisher, view, stamp) } catch { throw RuntimeError.bus(error) }
        }
        overruns.add(pipeline.timeline, dropped: slot.overwritten, now: pipeline.timeline.end)
        totals.recorder.record(pipeline.timeline)
        totals.frames += 1
        totals.detections += pipeline.detection?.detections.count ?? 0
        try onFrame(
            FrameReport(
                view: view, stamp: stamp, pipeline: pipeline, framesProcessed: totals.frames,
                framesDropped: slot.overwritten))
    }

    private func publish(_ publisher: ResultPublisher, _ view: ImageView, _ stamp: FrameStamp) throws(BusError) {
        progress.enter(.publish, now: .now)
        let timeline = pipeline.timeline
        if let network = pipeline.detection {
            try publisher.publish(
                network, stamp: stamp, inferenceTime: isVirtual ? 0 : timeline.duration(of: .detection),
                width: view.width, height: view.height)
        }
        if let network = pipeline.road {
            try publisher.publish(
                network, stamp: stamp, inferenceTime: isVirtual ? 0 : timeline.duration(of: .road),
                width: view.width, height: view.height)
        }
        try publisher.frames.publish(view, stamp: stamp)
        pipeline.finishPublishing()
        // Times differ from run to run: on the virtual clock only results are published.
        if !isVirtual {
            try publisher.publishTiming(
                pipeline.timeline, pipeline: pipeline, stamp: stamp, dropped: slot.overwritten,
                lost: source.lostFrames)
        }
    }
}
