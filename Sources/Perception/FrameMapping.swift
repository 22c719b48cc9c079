/// How network pixels lie in the captured frame: `frame = network * scale + offset`, along each axis.
///
/// Coordinates are those of pixel edges, as in ``BoundingBox``. A letterbox that shrinks the frame by `s` and moves it
/// by `(left, top)` has scale `1 / s` and offset `-left / s`, `-top / s`.
public struct FrameMapping: Sendable, Hashable {
    public var scaleX: Float
    public var scaleY: Float
    public var offsetX: Float
    public var offsetY: Float

    /// The captured frame's size in pixels; results are cut there.
    public var frameWidth: Float
    public var frameHeight: Float

    public init(
        scaleX: Float, scaleY: Float, offsetX: Float, offsetY: Float, frameWidth: Float, frameHeight: Float
    ) {
        self.scaleX = scaleX
        self.scaleY = scaleY
        self.offsetX = offsetX
        self.offsetY = offsetY
        self.frameWidth = frameWidth
        self.frameHeight = frameHeight
    }

    /// The mapping of a letterbox: the frame times `scale` lies at (`left`, `top`) of the network's input.
    ///
    /// - Precondition: `scale` is positive.
    public init(letterboxScale scale: Float, left: Float, top: Float, frameWidth: Int, frameHeight: Int) {
        precondition(scale > 0, "a letterbox cannot scale by \(scale)")
        self.init(
            scaleX: 1 / scale, scaleY: 1 / scale, offsetX: -left / scale, offsetY: -top / scale,
            frameWidth: Float(frameWidth), frameHeight: Float(frameHeight))
    }

    /// The mapping of a frame that is the network's input as it is.
    public init(identityWidth width: Int, height: Int) {
        self.init(
            scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, frameWidth: Float(width), frameHeight: Float(height))
    }

    public func x(_ networkX: Float) -> Float { networkX * scaleX + offsetX }

    public func y(_ networkY: Float) -> Float { networkY * scaleY + offsetY }

    /// The box in pixels of the frame, cut at the frame's edges.
    public func box(_ networkBox: BoundingBox) -> BoundingBox {
        BoundingBox(x1: x(networkBox.x1), y1: y(networkBox.y1), x2: x(networkBox.x2), y2: y(networkBox.y2))
            .clipped(width: frameWidth, height: frameHeight)
    }
}
