import Logging
import Messages
import Perception
import Platform
import SightlineBus

/// Encodes what the networks found on a frame and hands it to the bus. Allocates nothing per frame.
public final class ResultPublisher {
    private let bus: BusPublisher
    /// The topic `frame`.
    public let frames: FramePublisher
    /// The topic `log`.
    public let log: LogPublisher
    private let detections: BusTopic
    let tracks: BusTopic
    private let road: BusTopic
    private let timing: BusTopic
    private let health: BusTopic
    private let camera: String
    /// The supervisor's own.
    private var healthLog: HealthLog
    private var runs = RunLengthMask(runCapacity: ResultPublisher.runLimit)

    /// A mask of more runs than this is noise, not a road, and would not fit into a message: it is left out.
    private static let runLimit = 8192

    /// Legend of the mask: the bits of ``RoadScene``.
    private static let maskClasses = ["other", "drivable", "lane", "lane on drivable"]

    /// Opens the publisher's socket.
    ///
    /// - Parameter tap: sees everything that is published.
    public init(name: String, tap: PublishedTap? = nil) throws(RuntimeError) {
        camera = name
        let bus: BusPublisher
        do throws(BusError) {
            bus = try BusPublisher(name: name, options: Self.options(tap))
            detections = try bus.topic(.detections, options: .init(isRetained: true))
            tracks = try bus.topic(.tracks, options: .init(isRetained: true))
            road = try bus.topic(.road, options: .init(isRetained: true))
            timing = try bus.topic(.timing)
            health = try bus.topic(.health, options: .init(isRetained: true))
            log = try LogPublisher(bus: bus, camera: name)
        } catch {
            throw .bus(error)
        }
        self.bus = bus
        frames = FramePublisher(bus: bus, camera: name)
        let lines = self.log
        healthLog = HealthLog(logger: Logger(label: "health") { BusLogHandler(label: $0, lines) })
    }

    /// A publisher of the pairs that its camera's frames make with others'.
    func pairPublisher() throws(RuntimeError) -> PairPublisher {
        do throws(BusError) { return try PairPublisher(bus, camera: camera) } catch { throw .bus(error) }
    }

    /// Who listens, and how many messages each has lost.
    var subscriberLosses: [(name: String, dropped: UInt64)] {
        bus.subscribers.map { ("\($0.name) (process \($0.process))", $0.dropped) }
    }

    /// Publishes the last lines of the log and says goodbye to the subscribers.
    public func close() {
        log.close()
        bus.close()
    }

    /// The publisher's name on the bus.
    public var name: String { bus.name }

    private static func options(_ tap: PublishedTap?) -> BusPublisherOptions {
        var options = BusPublisherOptions()
        if let tap { options.observer = { tap.observe(topic: $0, sequence: $1, $2) } }
        return options
    }

    /// Waits until somebody subscribes to frames, at most ten seconds: for a recorder of this process that is about to, and
    /// wants the first one.
    ///
    /// - Parameter width, height: of the frames to come, in pixels.
    public func waitForRecorder(width: Int, height: Int) throws(RuntimeError) {
        do throws(BusError) { try frames.prepare(width: width, height: height) } catch { throw .bus(error) }
        let deadline = MonotonicTime.now + 10_000_000_000
        while !frames.hasSubscribers, MonotonicTime.now < deadline { (MonotonicTime.now + 1_000_000).sleepUntil() }
    }

    func header(_ stamp: FrameStamp, topic: BusTopic) -> MessageHeader {
        stamp.header(camera: camera, sequence: topic.nextSequence)
    }

    // MARK: - Results

    /// Publishes a detection network's result on a frame.
    func publish(
        _ network: DetectionNetwork, name: String, outcome: NetworkOutcome, scene: SceneAnalysis?, stamp: FrameStamp,
        width: Int, height: Int
    ) throws(BusError) {
        let header = header(stamp, topic: detections)
        let inferenceTime = stamp.capture == nil ? 0 : outcome.duration
        try detections.publish { writer in
            DetectionsEncoder.begin(
                &writer, header: header, network: name, inferenceTime: inferenceTime, plan: outcome.plan,
                frameWidth: UInt32(width), frameHeight: UInt32(height))
            network.detections.withDetections { found in
                for index in found.indices where found[index].score >= scene?.confidence ?? 0 {
                    var object = DetectionsEncoder.Object(
                        label: network.classNames[found[index].classIndex],
                        classID: UInt32(found[index].classIndex), score: found[index].score,
                        box: FrameBox(found[index].box))
                    scene?.describe(&object, detection: index)
                    DetectionsEncoder.append(&writer, object)
                }
            }
        }
    }

    /// Publishes a road network's newest result on a frame: mask, lane lines, free space.
    func publish(
        _ network: RoadNetwork, name: String, outcome: NetworkOutcome, scene: SceneAnalysis?, stamp: FrameStamp,
        width: Int, height: Int
    ) throws(BusError) {
        var summary = RoadEncoder.Summary(
            header: header(stamp, topic: road), network: name, frameWidth: UInt32(width),
            frameHeight: UInt32(height))
        summary.inferenceTime = stamp.capture == nil ? 0 : outcome.duration
        summary.plan = outcome.plan
        summary.maskAge = outcome.resultAge
        summary.drivableShare = network.scene.drivableShare
        if let ground = scene?.ground {
            summary.laneWidth = ground.lanes.laneWidth.map { Float($0) }
            summary.lateralOffset = ground.lanes.lateralOffset.map { Float($0) }
        }
        network.scene.withMask {
            runs.encode($0, rowLength: network.scene.width, rectangle: network.scene.content)
        }
        try road.publish { writer in
            RoadEncoder.begin(&writer, summary)
            encodeMask(&writer)
            if let ground = scene?.ground {
                RoadEncoder.lanes(&writer, ground)
            } else {
                RoadEncoder.lanes(&writer, network.scene)
            }
            if let road = scene?.freeRoad {
                RoadEncoder.freeSpace(&writer, road, isMeasured: scene?.ground != nil)
                RoadEncoder.outline(&writer, road)
            }
        }
    }

    private func encodeMask(_ writer: inout ProtobufWriter) {
        guard runs.lengths.count <= Self.runLimit else { return }
        RoadEncoder.mask(
            &writer, width: UInt32(runs.width), height: UInt32(runs.height), region: nil,
            classNames: Self.maskClasses, runCount: runs.lengths.count,
            run: { (UInt32(self.runs.labels[$0]), self.runs.lengths[$0]) })
    }

    // MARK: - Timing and health

    /// Publishes where a frame's time went and what the budget decided, once its results are out.
    func publishTiming(
        _ pipeline: PerceptionPipeline, stamp: FrameStamp, totals: TimingEncoder.Totals
    ) throws(BusError) {
        let header = header(stamp, topic: timing)
        let timeline = pipeline.timeline
        try timing.publish { writer in
            TimingEncoder.begin(&writer, header: header)
            for stage in Stage.allCases {
                guard let start = timeline.start(of: stage) else { continue }
                TimingEncoder.stage(
                    &writer, name: stage.name, start: start, duration: timeline.duration(of: stage))
            }
            if let outcome = pipeline.detectionOutcome, let names = pipeline.detectionNames {
                encode(outcome, names, &writer)
            }
            if let outcome = pipeline.roadOutcome, let names = pipeline.roadNames { encode(outcome, names, &writer) }
            TimingEncoder.end(&writer, totals)
        }
    }

    private func encode(_ outcome: NetworkOutcome, _ names: [String], _ writer: inout ProtobufWriter) {
        TimingEncoder.network(
            &writer, name: names[0], variant: outcome.variant == 0 ? "" : names[outcome.variant], plan: outcome.plan,
            duration: outcome.duration, predicted: outcome.predicted)
    }

    /// Publishes the state of the run, by the supervisor's thread. Allocates.
    func publishHealth(_ report: Sightline_Health, stamp: FrameStamp) throws(BusError) {
        healthLog.note(report)
        var message = report
        let header = header(stamp, topic: health)
        message.header = .with {
            $0.frameID = header.frameID
            $0.captureTimeNs = header.captureTime
            $0.publishTimeNs = header.publishTime
            $0.camera = header.camera
            $0.sequence = header.sequence
            $0.ageNs = header.age
        }
        try health.publish(message: message)
    }
}

extension FrameBox {
    init(_ box: BoundingBox) {
        self.init(x1: box.x1, y1: box.y1, x2: box.x2, y2: box.y2)
    }
}
