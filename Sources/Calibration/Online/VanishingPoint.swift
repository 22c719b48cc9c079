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
    /// How far the road's curvature makes lines leave straight ones, in standard deviations of a point. The direction is that
    /// of the road where the vehicle is.
    public var bend: Double
    /// Of the road, as far as the lines show it: 1 / metres, positive to the left.
    public var curvature: Double

    public init(
        direction: SIMD3<Double>, deviation: SIMD2<Double>, lineCount: Int, disagreement: Double, bend: Double,
        curvature: Double = 0
    ) {
        self.direction = direction
        self.deviation = deviation
        self.lineCount = lineCount
        self.disagreement = disagreement
        self.bend = bend
        self.curvature = curvature
    }
}
