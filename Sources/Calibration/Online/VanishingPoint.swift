/// Where a frame's lane lines meet, and how sure that is: the direction of a straight, flat road.
public struct VanishingPoint: Hashable, Sendable {
    /// Direction of the road in camera optical axes, z = 1.
    public var direction: SIMD3<Double>
    /// Standard deviations of its x and y.
    public var deviation: SIMD2<Double>
    /// How many lines meet there.
    public var lineCount: Int
    /// How well three lines or more agree: mean square of their distances in standard deviations; 0 for two lines.
    public var disagreement: Double
    /// The strongest bend of a line: how far it leaves a straight one, in standard deviations of a point.
    public var bend: Double
}
