import Platform

/// What a user decides about a run: the publisher's name, the networks, the threads. Read from YAML, then overruled by
/// the command line.
///
///     name: front
///     threads: 2
///     budget: 33ms
///     placement: auto
///     realtime: {priority: 50, pin: true, lock_memory: true}
///     detection:
///       model: models/detection.onnx
///       confidence: 0.25
///       overlap: 0.45
///       priority: 2
///       variants: [{model: models/detection-small.onnx}, {input: 320x320}]
///     road: {model: models/road.onnx, priority: 1, every: 2, maximum_age: 300ms}
///     calibration: cameras/front.yaml
///     recording: {file: drives/, segment_minutes: 10}
///     online_calibration: true
///     calibration_state: /var/lib/sightline/front.online.yaml
public struct Configuration: Sendable {
    /// The publisher's name on the bus, and the camera's name in messages.
    public var name = "sightline"

    /// Threads for inference; nil for as many as there are processors.
    public var threads: Int?

    /// Nanoseconds from a frame's capture to the publication of its results; nil for no budget.
    public var budget: Int64?

    /// Budgets that make sense.
    public static let budgetRange: ClosedRange<Int64> = 1_000_000...10_000_000_000

    /// How the networks share the processors.
    public var placement = Placement.automatic

    /// What the run asks of the system; nil for all of it, without a word where it is refused.
    public var realTime: RealTimeOptions?

    /// Whether the time of every layer is taken, for profiles.
    public var measuresLayers = false

    /// The detection network; nil when none is to run.
    public var detection: NetworkConfiguration?

    /// The road-segmentation network; nil when none is to run.
    public var road: NetworkConfiguration?

    /// Path of the camera's calibration; nil for results without metres.
    public var calibration: String?

    /// Whether pitch and yaw are learnt while driving; otherwise the camera file's are used as they are. Long bends still pull
    /// the yaw further than its deviation says, so it must be asked for.
    public var learnsMounting = false

    /// Path of the file where what is learnt is kept from run to run; nil to keep nothing.
    public var calibrationState: String?

    /// The cameras of a live run; empty where the command line names one.
    public var cameras: [CameraConfiguration] = []

    /// How a live run is recorded; nil for not at all. The file may be a folder, where each run begins a file of its own.
    public var recording: RunRecording?

    public init() {}
}

/// One network of a run.
public struct NetworkConfiguration: Sendable {
    /// Path of the ONNX file. Relative paths in a configuration file are relative to that file.
    public var model: String

    /// Detections with a lower score are dropped.
    public var confidence: Float = 0.25

    /// Intersection over union from which the weaker of two boxes of one class is suppressed.
    public var overlap: Float = 0.45

    /// The layout of the network's outputs, where the file does not tell: `yolov8`, `yolov5`, `yolox`, ...
    public var head: String?

    /// Networks with a higher priority are given time first; nil for 2 for detection, 1 for road.
    public var priority: Int?

    /// How often it is to run.
    public var rate = RunRate()

    /// Whether one run may be spread over several frames; nil for yes for road, no for detection.
    public var spreads: Bool?

    /// Cheaper variants, the costliest first.
    public var variants: [VariantConfiguration] = []

    public init(model: String) {
        self.model = model
    }

    /// What the budget may do with the network, where `role` has its own values for what is left open.
    func policy(priority role: Int, carriesResults: Bool, spreads: Bool) -> NetworkPolicy {
        NetworkPolicy(
            priority: priority ?? role, rate: rate, carriesResults: carriesResults, spreads: self.spreads ?? spreads)
    }
}
