/// All that decoding a class for every pixel needs to know of a network's output.
public struct SegmentationHead: Sendable, Hashable {
    public enum Source: Sendable, Hashable {
        /// (1, height, width): class numbers.
        case classMap

        /// (1, classes, height, width): the class of the greatest value wins, the first of equals.
        case scores

        /// (1, 1, height, width): class 1 where the value is greater than the threshold, else class 0.
        case binary(threshold: Float)
    }

    public var source: Source
    public var output: String
    public var classCount: Int

    /// The map's size, which may be a fraction of the input's.
    public var width: Int
    public var height: Int
    public var inputWidth: Int
    public var inputHeight: Int

    public init(
        source: Source, output: String, classCount: Int, width: Int, height: Int, inputWidth: Int, inputHeight: Int
    ) {
        self.source = source
        self.output = output
        self.classCount = classCount
        self.width = width
        self.height = height
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    /// Elements of the output.
    var outputSize: Int {
        width * height * (source == .scores ? classCount : 1)
    }

    func validate() throws(PerceptionError) {
        guard (1...256).contains(classCount) else {
            throw .invalidHead(detail: "\(classCount) classes; class masks hold up to 256")
        }
        guard (1...(1 << 14)).contains(width), (1...(1 << 14)).contains(height), (1...(1 << 16)).contains(inputWidth),
            (1...(1 << 16)).contains(inputHeight)
        else {
            throw .invalidHead(detail: "a map of \(width)x\(height) for an input of \(inputWidth)x\(inputHeight)")
        }
    }
}
