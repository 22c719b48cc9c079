/// The direction in which a camera moved between two frames, from points that were seen in both.
public struct MotionDirection: Hashable, Sendable {
    /// Length 1, in camera optical axes.
    public var direction: SIMD3<Double>
    /// Standard deviations of its x and y.
    public var deviation: SIMD2<Double>
    /// How the camera turned from the first frame to the second: rotation vector in radians, optical axes.
    public var turn: SIMD3<Double>
    /// Degrees a second about the camera's vertical, left positive, when the time between the frames is known.
    public var yawRate: Double?
    /// Points that agree.
    public var pointCount: Int
}
