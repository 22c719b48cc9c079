/// What a network's outputs are, with all that their decoding needs.
public enum NetworkHead: Sendable, Hashable {
    /// Boxes, perhaps with instance masks.
    case detection(DetectionHead)

    /// One class for every pixel.
    case segmentation(SegmentationHead)

    /// Drivable area and lane markings.
    case road(RoadHead)
}

extension NetworkHead: CustomStringConvertible {
    public var description: String {
        switch self {
        case .detection(let head): head.description
        case .segmentation(let head): head.description
        case .road(let head): head.description
        }
    }
}

extension DetectionHead: CustomStringConvertible {
    public var description: String {
        let classes = classCount > 0 ? "\(classCount) classes" : "classes unknown"
        let what =
            switch layout {
            case .channelMajor: "YOLO (v8, 11) boxes, \(classes), \(candidateCount) anchors"
            case .anchorMajor: "YOLOv5 boxes, \(classes), \(candidateCount) anchors"
            case .grid: "YOLOX grid offsets, \(classes), \(candidateCount) anchors"
            case .endToEnd: "final boxes, \(classes), at most \(candidateCount)"
            case .distributions:
                "YOLO (v8, 11) undecoded, \(classes), \(candidateCount) anchors in \(scales.count) scales"
            }
        guard let prototypes else { return what }
        return what + ", masks from \(prototypes.count) prototypes \(prototypes.width)x\(prototypes.height)"
    }
}

extension SegmentationHead: CustomStringConvertible {
    public var description: String {
        let form =
            switch source {
            case .classMap: "class map"
            case .scores: "class scores"
            case .binary: "one score"
            }
        return "semantic \(form) \(width)x\(height), \(classCount) classes"
    }
}

extension RoadHead: CustomStringConvertible {
    public var description: String {
        switch source {
        case .pair(let drivable, let lanes):
            "road, drivable area '\(drivable)' and lane markings '\(lanes)' \(width)x\(height)"
        case .classes(let segmentation, let drivable, let lanes):
            "road from \(segmentation): drivable classes \(drivable), lane classes \(lanes)"
        }
    }
}
