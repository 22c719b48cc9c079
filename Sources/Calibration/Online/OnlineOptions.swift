/// When an observation counts, and when enough of them make a calibration.
///
/// The gates follow what openpilot's calibrationd and Apollo's lane line calibrator use, in this project's units.
public struct OnlineOptions: Hashable, Sendable {
    /// Metres a second below which nothing is learnt, where the speed is known.
    public var leastSpeed = 6.0
    /// Degrees a second of turning above which the road is not taken for straight, where the rate is known.
    public var greatestYawRate = 2.0
    /// Degrees from the mounting's file within which pitch and yaw may lie.
    public var pitchReach = 8.0
    public var yawReach = 6.0
    /// Standard deviation of one observation in degrees above which it is left out.
    public var greatestDeviation = 0.7
    /// Bend of the lines (see ``VanishingPoint/bend``) above which the road is too much of a curve: a radius of about 300 m.
    public var greatestBend = 10.0
    /// Curvature of the road in 1 / metres above which its direction is not the vehicle's: a driver cuts bends, and lines that
    /// begin or end to bend are not the model's.
    public var greatestCurvature = 1 / 800.0
    /// Disagreement of three or more lines above which something that is no lane line is among them.
    public var greatestDisagreement = 9.0
    /// Degrees a second by which the road's direction may swing: lane changes and curves swing faster.
    public var greatestSwing = 2.0
    /// Accepted seconds that make a block, and observations that it has at least.
    public var blockSeconds = 3.0
    public var blockObservations = 20
    /// Seconds for which a block may go on collecting.
    public var blockPatience = 120.0
    /// Blocks that make a calibration, and blocks that are kept.
    public var blocksNeeded = 5
    public var blocksKept = 50
    /// Degrees by which two blocks in a row must differ from the ones before for the camera to have been moved.
    public var remountAngle = 0.6
    /// Degrees between the file and what is seen above which the alarm is raised.
    public var driftAngle = 0.5

    public init() {}
}
