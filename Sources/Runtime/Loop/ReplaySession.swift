import Imaging
import Platform
import Recording
import SightlineBus

/// Replays a drive: frames from the feeder's slot through the pipeline to the bus.
public final class ReplaySession {
    /// What happened on one frame, for progress and pictures. Valid during the call only.
    public struct FrameReport {
        public let view: ImageView
        public let stamp: FrameStamp
        public let pipeline: PerceptionPipeline
        public let framesProcessed: Int
        public let framesDropped: Int
    }

    public let drive: DriveInfo
    private let feeder: DriveFeeder
    private let pipeline: PerceptionPipeline
    private let publisher: ResultPublisher?
    private let options: ReplayOptions
    private var recorder = LatencyRecorder()
    private var summary = ReplaySummary()

    /// - Parameter publisher: nil to publish nothing.
    public init(
        drive path: String, pipeline: PerceptionPipeline, publisher: ResultPublisher?, options: ReplayOptions
    ) throws(RuntimeError) {
        let reader: any DriveReader
        do throws(RecordingError) { reader = try openDrive(path) } catch { throw .recording(error) }
        drive = reader.info
        feeder = DriveFeeder(reader, options: options)
        self.pipeline = pipeline
        self.publisher = publisher
        self.options = options
    }

    /// Runs until the drive's end, an interrupt, or an error; the thread that calls is the loop.
    public func run(onFrame: (FrameReport) throws -> Void) throws -> ReplaySummary {
        let begin = MonotonicTime.now
        let usage = ResourceUsage.current
        var health = HealthMonitor(begin: begin)
        do throws(PlatformError) { try feeder.start() } catch { throw RuntimeError.platform(error) }
        do {
            while !InterruptFlag.isSet {
                guard feeder.slot.waitAndTake(timeoutNanoseconds: 100_000_000) else {
                    if feeder.slot.hasFinished { break }
                    continue
                }
                try feeder.slot.withTaken { try process(&$0, &health, onFrame) }
            }
        } catch {
            _ = feeder.stop()
            throw error
        }
        let end = feeder.stop()
        summary.condition = end.condition
        if let error = end.error { throw RuntimeError.recording(error) }
        return finishedSummary(begin: begin, usage: usage)
    }

    private func process(
        _ captured: inout CapturedFrame, _ health: inout HealthMonitor, _ onFrame: (FrameReport) throws -> Void
    ) throws {
        guard let view = captured.frame.unsafeView else { return }
        let isVirtual = options.pace == .lockstep
        let stamp = FrameStamp(
            number: captured.number, captureTime: captured.recorded, capture: isVirtual ? nil : captured.capture)
        try pipeline.process(view, capture: captured.capture)
        if let publisher {
            do throws(BusError) {
                try publish(publisher, view, stamp)
                pipeline.finishPublishing()
                // Times differ from run to run: on the virtual clock only results are published.
                if !isVirtual { try publishState(publisher, stamp, &health) }
            } catch {
                throw RuntimeError.bus(error)
            }
        }
        recorder.record(pipeline.timeline)
        summary.framesProcessed += 1
        summary.detections += pipeline.detection?.detections.count ?? 0
        try onFrame(
            FrameReport(
                view: view, stamp: stamp, pipeline: pipeline, framesProcessed: summary.framesProcessed,
                framesDropped: feeder.slot.overwritten))
    }

    private func publish(_ publisher: ResultPublisher, _ view: ImageView, _ stamp: FrameStamp) throws(BusError) {
        let timeline = pipeline.timeline
        let isVirtual = stamp.capture == nil
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
    }

    private func publishState(
        _ publisher: ResultPublisher, _ stamp: FrameStamp, _ health: inout HealthMonitor
    ) throws(BusError) {
        let dropped = feeder.slot.overwritten
        try publisher.publishTiming(pipeline.timeline, pipeline: pipeline, stamp: stamp, dropped: dropped)
        if let report = health.report(now: .now, dropped: dropped, timeline: pipeline.timeline) {
            try publisher.publishHealth(report, stamp: stamp)
        }
    }

    private func finishedSummary(begin: MonotonicTime, usage: ResourceUsage) -> ReplaySummary {
        summary.framesDropped = feeder.slot.overwritten
        summary.seconds = Double(MonotonicTime.now - begin) / 1e9
        summary.processorSeconds =
            Double(ResourceUsage.current.processorNanoseconds - usage.processorNanoseconds) / 1e9
        summary.stages = Stage.allCases.map { ($0, recorder.summary(of: $0)) }
        summary.endToEnd = recorder.endToEndSummary
        summary.wasInterrupted = InterruptFlag.isSet
        return summary
    }
}
