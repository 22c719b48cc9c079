/// How far the distant part of the picture moved from one frame to the next because the camera turned, in pixels of the
/// captured frame: to the right and down. Nodding moves it vertically, steering horizontally.
public struct CameraShift: Sendable, Hashable, BitwiseCopyable {
    public var x: Float
    public var y: Float

    /// Standard deviation of each, pixels; nil when the shift was not measured.
    public var deviation: Float?

    /// Share of the near picture, known objects left out, that looks other than on the frame before: next to nothing while the
    /// vehicle stands. Nil when it was not measured.
    public var changedShare: Float?

    public init(x: Float, y: Float, deviation: Float?, changedShare: Float? = nil) {
        self.x = x
        self.y = y
        self.deviation = deviation
        self.changedShare = changedShare
    }

    /// The same motion in pixels that are smaller by `factor`.
    public func scaled(by factor: Float) -> CameraShift {
        CameraShift(
            x: x * factor, y: y * factor, deviation: deviation.map { $0 * factor }, changedShare: changedShare)
    }

    /// Not measured: taken as no motion.
    public static let zero = CameraShift(x: 0, y: 0, deviation: nil)
}
