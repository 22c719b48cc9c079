import Imaging
import Platform

/// One camera's networks, run on one frame after the other. Allocates nothing once the first frame has passed.
public final class PerceptionPipeline {
    public let detection: DetectionNetwork?
    public let road: RoadNetwork?

    /// When the stages of the last frame took place.
    public private(set) var timeline = FrameTimeline()

    public init(detection: DetectionNetwork?, road: RoadNetwork?) {
        self.detection = detection
        self.road = road
    }

    /// Loads the networks of a configuration.
    public convenience init(_ configuration: Configuration) throws(RuntimeError) {
        var detection: DetectionNetwork?
        if let network = configuration.detection {
            let model = try LoadedModel(path: network.model, head: network.head)
            detection = try DetectionNetwork(
                model, options: .init(confidence: network.confidence, overlap: network.overlap),
                threads: configuration.threads)
        }
        var road: RoadNetwork?
        if let network = configuration.road {
            let model = try LoadedModel(path: network.model, head: network.head)
            road = try RoadNetwork(model, threads: configuration.threads)
        }
        self.init(detection: detection, road: road)
    }

    /// Runs everything on one frame.
    ///
    /// - Parameter capture: when the frame was captured, on the monotonic clock.
    public func process(_ view: ImageView, capture: MonotonicTime) throws(RuntimeError) {
        timeline.begin(capture: capture, now: .now)
        if let detection {
            try detection.prepare(view)
            timeline.finish(.preprocess)
            try detection.infer()
            timeline.finish(.detection)
            try detection.decode()
            timeline.finish(.decode)
        }
        if let road {
            try road.prepare(view)
            timeline.finish(.preprocess)
            try road.infer()
            timeline.finish(.road)
            try road.decode()
            timeline.finish(.decode)
        }
        // What looks at more than one network or frame follows here, each as a stage: `.track`, `.locate`.
    }

    /// Ends the frame's timeline with its publication.
    public func finishPublishing() {
        timeline.finish(.publish)
    }
}
