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
