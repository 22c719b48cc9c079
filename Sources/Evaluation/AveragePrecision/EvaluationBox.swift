import Perception

/// A box as COCO files write it: upper left corner and size, in pixels of the picture, in double precision.
public struct EvaluationBox: Sendable, Hashable {
    public var x: Double
    public var y: Double
    public var width: Double
    public var height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public init(_ box: BoundingBox) {
        self.init(
            x: Double(box.x1), y: Double(box.y1), width: Double(box.x2) - Double(box.x1),
            height: Double(box.y2) - Double(box.y1))
    }

    public var area: Double { width * height }

    var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite }

    /// The overlap of a detection with this truth, as `maskApi.c` of the COCO tools computes it: intersection over union,
    /// or for a crowd the share of the detection that lies inside.
    func overlap(ofDetection detection: EvaluationBox, isCrowd: Bool) -> Double {
        let shared = min(detection.x + detection.width, x + width) - max(detection.x, x)
        guard shared > 0 else { return 0 }
        let sharedHeight = min(detection.y + detection.height, y + height) - max(detection.y, y)
        guard sharedHeight > 0 else { return 0 }
        let intersection = shared * sharedHeight
        let union = isCrowd ? detection.area : detection.area + area - intersection
        return intersection / union
    }
}
