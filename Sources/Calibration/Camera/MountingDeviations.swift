/// Standard deviations of a ``Mounting``.
public struct MountingDeviations: Hashable, Sendable {
    public var heightMetres: Double
    public var pitchDegrees: Double
    public var yawDegrees: Double
    public var rollDegrees: Double
    public var xMetres: Double
    public var yMetres: Double

    public init(
        heightMetres: Double, pitchDegrees: Double, yawDegrees: Double, rollDegrees: Double, xMetres: Double = 0,
        yMetres: Double = 0
    ) {
        self.heightMetres = heightMetres
        self.pitchDegrees = pitchDegrees
        self.yawDegrees = yawDegrees
        self.rollDegrees = rollDegrees
        self.xMetres = xMetres
        self.yMetres = yMetres
    }

    /// What a tape measure and a spirit level give; assumed where a file does not say.
    public static let measuredByHand = MountingDeviations(
        heightMetres: 0.02, pitchDegrees: 0.5, yawDegrees: 0.5, rollDegrees: 0.5, xMetres: 0.02, yMetres: 0.02)

    /// Nothing is uncertain: for simulated cameras.
    public static let exact = MountingDeviations(heightMetres: 0, pitchDegrees: 0, yawDegrees: 0, rollDegrees: 0)
}
