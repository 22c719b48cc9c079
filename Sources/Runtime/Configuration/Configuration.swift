import Platform

/// What a user decides about a run: the publisher's name, the networks, the threads. Read from YAML, then overruled by
/// the command line.
///
///     name: front
///     threads: 2
///     detection: {model: models/detection.onnx, confidence: 0.25, overlap: 0.45}
///     road: {model: models/road.onnx}
public struct Configuration: Sendable {
    /// The publisher's name on the bus, and the camera's name in messages.
    public var name = "sightline"

    /// Threads for inference; nil for as many as there are processors.
    public var threads: Int?

    /// The detection network; nil when none is to run.
    public var detection: NetworkConfiguration?

    /// The road-segmentation network; nil when none is to run.
    public var road: NetworkConfiguration?

    /// The cameras of a live run; empty where the command line names one.
    public var cameras: [CameraConfiguration] = []

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

    public init(model: String) {
        self.model = model
    }
}
