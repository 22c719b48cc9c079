/// An axis-aligned box by its edges, in pixels: x to the right, y down, the first pixel's outer corner at (0, 0).
///
/// Whose pixels (network or captured frame) depends on where the box stands; see ``FrameMapping``.
public struct BoundingBox: Sendable, Hashable, BitwiseCopyable {
    public var x1: Float
    public var y1: Float
    public var x2: Float
    public var y2: Float

    public init(x1: Float, y1: Float, x2: Float, y2: Float) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
    }

    /// A box by its centre and size.
    public init(centerX: Float, centerY: Float, width: Float, height: Float) {
        self.init(
            x1: centerX - width / 2, y1: centerY - height / 2, x2: centerX + width / 2, y2: centerY + height / 2)
    }

    public var width: Float { x2 - x1 }
    public var height: Float { y2 - y1 }
    public var centerX: Float { (x1 + x2) / 2 }
    public var centerY: Float { (y1 + y2) / 2 }

    /// The area; 0 when an extent is negative.
    public var area: Float { max(width, 0) * max(height, 0) }

    public var isFinite: Bool { x1.isFinite && y1.isFinite && x2.isFinite && y2.isFinite }

    /// The area that both boxes cover.
    public func intersection(with other: BoundingBox) -> Float {
        let width = min(x2, other.x2) - max(x1, other.x1)
        let height = min(y2, other.y2) - max(y1, other.y1)
        return max(width, 0) * max(height, 0)
    }

    /// The share of the covered area that both boxes cover, 0 to 1; 0 for two empty boxes.
    public func intersectionOverUnion(with other: BoundingBox) -> Float {
        let intersection = intersection(with: other)
        let union = area + other.area - intersection
        return union > 0 ? intersection / union : 0
    }

    /// The part of the box inside a picture of the given size.
    public func clipped(width: Float, height: Float) -> BoundingBox {
        BoundingBox(
            x1: min(max(x1, 0), width), y1: min(max(y1, 0), height),
            x2: min(max(x2, 0), width), y2: min(max(y2, 0), height))
    }
}
