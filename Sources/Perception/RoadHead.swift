/// All that decoding drivable area and lane markings needs to know of a network's outputs.
public struct RoadHead: Sendable, Hashable {
    public enum Source: Sendable, Hashable {
        /// Two maps (1, 2, height, width) of background and foreground: drivable area and lane markings.
        case pair(drivable: String, lanes: String)

        /// A class for every pixel. A pixel is drivable when its class is one of `drivable` or of `lanes`.
        case classes(SegmentationHead, drivable: [Int], lanes: [Int])
    }

    public var source: Source
    public var width: Int
    public var height: Int
    public var inputWidth: Int
    public var inputHeight: Int

    public init(source: Source, width: Int, height: Int, inputWidth: Int, inputHeight: Int) {
        self.source = source
        self.width = width
        self.height = height
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
    }

    /// The road in a class map whose names tell which classes are road and lane markings; nil when none is road.
    public init?(_ segmentation: SegmentationHead, names: ClassNames) {
        let drivable = names.indices(containing: ["road", "drivable", "driveable"], butNot: ["rail", "side", "off"])
        let lanes = names.indices(containing: ["lane", "marking", "stripe"], butNot: [])
        guard !drivable.isEmpty else { return nil }
        self.init(
            source: .classes(segmentation, drivable: drivable.filter { !lanes.contains($0) }, lanes: lanes),
            width: segmentation.width, height: segmentation.height, inputWidth: segmentation.inputWidth,
            inputHeight: segmentation.inputHeight)
    }

    /// The values that decoding reads, in the order in which ``RoadDecoder`` takes them.
    public var outputNames: [String] {
        switch source {
        case .pair(let drivable, let lanes): [drivable, lanes]
        case .classes(let segmentation, _, _): [segmentation.output]
        }
    }

    func validate() throws(PerceptionError) {
        guard (1...(1 << 14)).contains(width), (1...(1 << 14)).contains(height), (1...(1 << 16)).contains(inputWidth),
            (1...(1 << 16)).contains(inputHeight)
        else {
            throw .invalidHead(detail: "a map of \(width)x\(height) for an input of \(inputWidth)x\(inputHeight)")
        }
        if case .classes(let segmentation, let drivable, let lanes) = source {
            try segmentation.validate()
            for label in drivable + lanes where !(0..<segmentation.classCount).contains(label) {
                throw .invalidHead(detail: "road class \(label) of \(segmentation.classCount)")
            }
            guard segmentation.width == width, segmentation.height == height else {
                throw .invalidHead(detail: "road and class map differ in size")
            }
        }
    }
}

extension ClassNames {
    /// The classes whose name contains one of the words and none of the others.
    func indices(containing words: [String], butNot others: [String]) -> [Int] {
        names.indices.filter { index in
            let name = names[index].lowercased()
            return words.contains { name.contains($0) } && !others.contains { name.contains($0) }
        }
    }
}
