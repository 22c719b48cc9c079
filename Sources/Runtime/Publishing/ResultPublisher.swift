import Messages
import Perception
import Platform
import SightlineBus

/// Encodes what the networks found on a frame and hands it to the bus. Allocates nothing per frame.
public final class ResultPublisher {
    private let bus: BusPublisher
    private let detections: BusTopic
    private let road: BusTopic
    private let timing: BusTopic
    private let health: BusTopic
    private let camera: String
    private var runs = RunLengthMask(runCapacity: ResultPublisher.runLimit)

    /// A mask of more runs than this is noise, not a road, and would not fit into a message: it is left out.
    private static let runLimit = 8192

    /// Legend of the mask: the bits of ``RoadScene``.
    private static let maskClasses = ["other", "drivable", "lane", "lane on drivable"]

    /// Opens the publisher's socket.
    public init(name: String) throws(RuntimeError) {
        camera = name
        do throws(BusError) {
            bus = try BusPublisher(name: name)
            detections = try bus.topic(.detections, options: .init(isRetained: true))
            road = try bus.topic(.road, options: .init(isRetained: true))
            timing = try bus.topic(.timing)
            health = try bus.topic(.health, options: .init(isRetained: true))
        } catch {
            throw .bus(error)
        }
    }

    /// Says goodbye to the subscribers.
    public func close() {
        bus.close()
    }

    private func header(_ stamp: FrameStamp, topic: BusTopic) -> MessageHeader {
        let age = stamp.age
        return MessageHeader(
            frameID: stamp.number, captureTime: stamp.captureTime, publishTime: stamp.captureTime + age,
            camera: camera, sequence: topic.nextSequence, age: age)
    }

    // MARK: - Results

    /// Publishes a detection network's result.
    func publish(
        _ network: DetectionNetwork, stamp: FrameStamp, inferenceTime: Int64, width: Int, height: Int
    ) throws(BusError) {
        let header = header(stamp, topic: detections)
        try detections.publish { writer in
            DetectionsEncoder.begin(
                &writer, header: header, network: network.name, inferenceTime: inferenceTime, plan: .full,
                frameWidth: UInt32(width), frameHeight: UInt32(height))
            network.detections.withDetections { found in
                for detection in found {
                    DetectionsEncoder.append(
                        &writer,
                        .init(
                            label: network.classNames[detection.classIndex], classID: UInt32(detection.classIndex),
                            score: detection.score, box: FrameBox(detection.box)))
                }
            }
        }
    }

    /// Publishes a road network's result: mask, lane lines, free space.
    func publish(
        _ network: RoadNetwork, stamp: FrameStamp, inferenceTime: Int64, width: Int, height: Int
    ) throws(BusError) {
        var summary = RoadEncoder.Summary(
            header: header(stamp, topic: road), network: network.name, frameWidth: UInt32(width),
            frameHeight: UInt32(height))
        summary.inferenceTime = inferenceTime
        summary.drivableShare = network.scene.drivableShare
        network.scene.withMask {
            runs.encode($0, rowLength: network.scene.width, rectangle: network.scene.content)
        }
        try road.publish { writer in
            RoadEncoder.begin(&writer, summary)
            encodeMask(&writer)
            encodeLanes(network, &writer)
            encodeFreeSpace(network, &writer)
        }
    }

    private func encodeMask(_ writer: inout ProtobufWriter) {
        guard runs.lengths.count <= Self.runLimit else { return }
        RoadEncoder.mask(
            &writer, width: UInt32(runs.width), height: UInt32(runs.height), region: nil,
            classNames: Self.maskClasses, runCount: runs.lengths.count,
            run: { (UInt32(self.runs.labels[$0]), self.runs.lengths[$0]) })
    }

    private func encodeLanes(_ network: RoadNetwork, _ writer: inout ProtobufWriter) {
        network.scene.withLanes { lanes, points in
            for lane in lanes {
                RoadEncoder.lane(
                    &writer, side: .unknown, confidence: 0, pointCount: lane.pointCount,
                    point: { (points[lane.firstPoint + $0].x, points[lane.firstPoint + $0].y) })
            }
        }
    }

    /// Every eighth column: finer than any vehicle, small in the message.
    private static var freeSpaceStep: Int { 8 }

    private func encodeFreeSpace(_ network: RoadNetwork, _ writer: inout ProtobufWriter) {
        network.scene.withFreeSpace { columns in
            guard columns.count > Self.freeSpaceStep else { return }
            RoadEncoder.freeSpace(
                &writer, firstColumn: columns[0].x,
                columnStep: columns[Self.freeSpaceStep].x - columns[0].x,
                columnCount: (columns.count + Self.freeSpaceStep - 1) / Self.freeSpaceStep,
                boundary: { columns[$0 * Self.freeSpaceStep].farY })
        }
    }

    // MARK: - Timing and health

    /// Publishes where a frame's time went, once its results are out.
    func publishTiming(
        _ timeline: FrameTimeline, pipeline: PerceptionPipeline, stamp: FrameStamp, dropped: Int, lost: Int
    ) throws(BusError) {
        let header = header(stamp, topic: timing)
        try timing.publish { writer in
            TimingEncoder.begin(&writer, header: header)
            var start: Int64 = 0
            for stage in Stage.allCases {
                let duration = timeline.duration(of: stage)
                TimingEncoder.stage(&writer, name: stage.name, start: start, duration: duration)
                start += duration
            }
            if let network = pipeline.detection {
                TimingEncoder.network(
                    &writer, name: network.name, plan: .full, duration: timeline.duration(of: .detection))
            }
            if let network = pipeline.road {
                TimingEncoder.network(&writer, name: network.name, plan: .full, duration: timeline.duration(of: .road))
            }
            var totals = TimingEncoder.Totals(total: timeline.total)
            totals.droppedFrames = UInt64(dropped)
            totals.lostFrames = UInt64(lost)
            TimingEncoder.end(&writer, totals)
        }
    }

    /// Publishes the state of the run, by the supervisor's thread. Allocates.
    func publishHealth(_ report: Sightline_Health, stamp: FrameStamp) throws(BusError) {
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
