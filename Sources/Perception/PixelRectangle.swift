/// A rectangle of whole pixels.
///
/// The part of a network's input that shows the picture, without the letterbox's padding, is given as one.
public struct PixelRectangle: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public var pixelCount: Int { max(width, 0) * max(height, 0) }

    /// The part inside a picture of the given size; empty where they do not meet.
    public func clipped(width pictureWidth: Int, height pictureHeight: Int) -> PixelRectangle {
        let left = min(max(x, 0), pictureWidth)
        let top = min(max(y, 0), pictureHeight)
        let right = min(max(x + max(width, 0), left), pictureWidth)
        let bottom = min(max(y + max(height, 0), top), pictureHeight)
        return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    }
}
