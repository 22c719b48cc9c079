/// What a network is for: its image input and the meaning of its outputs.
public struct RecognizedNetwork: Sendable, Hashable {
    public var input: InputConvention

    /// One for each group of outputs that belong together; at least one.
    public var heads: [NetworkHead]

    /// The same boxes as the first detection head's, from the tensors before their decoding, where the graph shows
    /// them. Decoding these is faster: a network asked for them does not compute its tail.
    public var undecoded: DetectionHead?

    public var classNames: ClassNames

    /// The names of a class map's classes.
    public var segmentationNames: ClassNames

    public init(
        input: InputConvention, heads: [NetworkHead], undecoded: DetectionHead? = nil,
        classNames: ClassNames = ClassNames([]), segmentationNames: ClassNames = ClassNames([])
    ) {
        self.input = input
        self.heads = heads
        self.undecoded = undecoded
        self.classNames = classNames
        self.segmentationNames = segmentationNames
    }

    public var detection: DetectionHead? {
        for case .detection(let head) in heads { return head }
        return nil
    }

    public var segmentation: SegmentationHead? {
        for case .segmentation(let head) in heads { return head }
        return nil
    }

    /// Drivable area and lanes: a head of its own, or the classes of a class map whose names say so.
    public var road: RoadHead? {
        for case .road(let head) in heads { return head }
        return segmentation.flatMap { RoadHead($0, names: segmentationNames) }
    }
}

extension RecognizedNetwork: CustomStringConvertible {
    public var description: String {
        heads.map(\.description).joined(separator: "; ") + "; input " + input.description
    }
}
