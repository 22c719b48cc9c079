import ONNX

/// What a network's file says about its outputs, beside their shapes.
public struct HeadHints: Sendable, Hashable {
    /// The classes' names by index.
    public var names: [Int: String]

    /// The names of the class map's classes, for networks that find boxes too and have other classes there.
    public var segmentationNames: [Int: String]

    /// Ultralytics' word for what the network does: `detect`, `segment`, ...
    public var task: String?

    /// Whether the outputs are final boxes.
    public var isEndToEnd: Bool?

    public init(
        names: [Int: String] = [:], segmentationNames: [Int: String] = [:], task: String? = nil,
        isEndToEnd: Bool? = nil
    ) {
        self.names = names
        self.segmentationNames = segmentationNames
        self.task = task
        self.isEndToEnd = isEndToEnd
    }
}

extension HeadHints {
    /// The hints in a file's metadata. Exports with suppression inside (`nms` among the export's arguments) give final
    /// boxes, whatever `end2end` says. `segmentation_names` is this project's own key.
    ///
    /// - Throws: `ONNXError.invalidMetadata` for an entry that cannot be read.
    public init(_ graph: Graph) throws(ONNXError) {
        let metadata = try graph.modelMetadata
        var segmentation = ModelMetadata()
        if let names = graph.metadata["segmentation_names"] {
            segmentation = try ModelMetadata(properties: ["names": names])
        }
        let hasSuppression = metadata.exportArguments["nms"].map { $0 == "True" } ?? false
        self.init(
            names: metadata.names, segmentationNames: segmentation.names, task: metadata.task,
            isEndToEnd: hasSuppression ? true : metadata.isEndToEnd)
    }
}
