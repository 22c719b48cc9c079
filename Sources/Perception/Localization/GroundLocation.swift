/// Where an object is and how it moves, in vehicle axes (ISO 8855: x forward, y to the left, origin on the ground at the
/// vehicle's reference point), with standard deviations. Metres and metres per second; velocities are relative to the
/// vehicle.
public struct GroundLocation: Sendable, Hashable, BitwiseCopyable {
    /// From the origin to the object's nearest point, along the ground.
    public var distance: Float
    public var distanceDeviation: Float

    /// Forward to the object's nearest side.
    public var forward: Float
    public var forwardDeviation: Float

    /// To the left, of the middle of what shows of the object.
    public var left: Float
    public var leftDeviation: Float

    public var velocityForward: Float
    public var velocityForwardDeviation: Float
    public var velocityLeft: Float
    public var velocityLeftDeviation: Float

    /// How wide the object shows, metres.
    public var width: Float
}
