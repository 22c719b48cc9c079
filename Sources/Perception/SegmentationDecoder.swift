/// Turns a segmentation network's output into one class for every pixel, without allocating.
public struct SegmentationDecoder: ~Copyable {
    public let head: SegmentationHead

    /// The network values that ``decode(_:into:)`` takes.
    public var outputNames: [String] { [head.output] }

    /// - Throws: ``PerceptionError/invalidHead(detail:)``.
    public init(_ head: SegmentationHead) throws(PerceptionError) {
        try head.validate()
        self.head = head
    }

    /// Writes the class of each pixel, row by row from the top left, at the map's own resolution.
    ///
    /// - Parameter mask: `head.width * head.height` bytes.
    /// - Throws: ``PerceptionError/outputMismatch(name:expected:actual:)``.
    public func decode(
        _ outputs: NetworkOutputs, into mask: UnsafeMutableBufferPointer<UInt8>
    ) throws(PerceptionError) {
        let count = head.width * head.height
        guard outputs[0].count == head.outputSize, let values = outputs[0].baseAddress else {
            throw .outputMismatch(name: head.output, expected: head.outputSize, actual: outputs[0].count)
        }
        guard mask.count == count, let target = mask.baseAddress else {
            throw .outputMismatch(name: "class mask", expected: count, actual: mask.count)
        }
        switch head.source {
        case .scores:
            MaskScan.greatestChannel(of: values, classCount: head.classCount, count: count, into: target)
        case .binary(let threshold):
            MaskScan.threshold(values, at: threshold, count: count, into: target)
        case .classMap:
            MaskScan.classNumbers(values, classCount: head.classCount, count: count, into: target)
        }
    }
}
