/// What a model's file says about its use: the entries that Ultralytics writes, those of them that are there.
public struct ModelMetadata: Hashable, Sendable {
    /// `names`: what the classes are called, by class index. Empty when the file has none.
    public var names: [Int: String] = [:]

    /// `stride`: the coarsest grid's cell size in pixels; heights and widths should be multiples of it.
    public var stride: Int?

    /// `imgsz`: the input size in pixels that the network was exported for.
    public var imageSize: ImageSize?

    /// `task`: detect, segment, semantic, pose, obb or classify.
    public var task: String?

    /// `end2end`: true when the network yields final boxes and needs no suppression.
    public var isEndToEnd: Bool?

    /// `batch`: pictures per run.
    public var batch: Int?

    /// `channels`: colour channels of the input.
    public var channels: Int?

    /// `kpt_shape`: key points per object, and numbers per key point.
    public var keyPointShape: [Int]?

    /// `args`: the options of the export, as written there, such as `nms` or `dynamic`.
    public var exportArguments: [String: String] = [:]

    /// `description`, `author`, `license`, `version` and the like: free text by key.
    public var texts: [String: String] = [:]

    public struct ImageSize: Hashable, Sendable {
        public var height: Int
        public var width: Int

        public init(height: Int, width: Int) {
            self.height = height
            self.width = width
        }
    }

    public init() {}
}

extension Graph {
    /// The file's metadata, read.
    ///
    /// - Throws: ``ONNXError/invalidMetadata(key:column:detail:)`` for an entry that does not have the form that its key
    ///   asks for. Keys that are not known are left alone.
    public var modelMetadata: ModelMetadata {
        get throws(ONNXError) { try ModelMetadata(properties: metadata) }
    }
}
