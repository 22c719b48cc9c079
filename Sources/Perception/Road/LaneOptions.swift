/// How lane boundaries are read on the ground. Metres and seconds.
public struct LaneOptions: Sendable, Hashable {
    /// The stretch of road that is looked at.
    public var nearest: Double
    public var farthest: Double

    /// For how long a frame's markings count.
    public var memory: Double

    /// How long a boundary that does not show is kept: a gap between dashes.
    public var patience: Double

    /// How far a marking may lie from a boundary that it belongs to.
    public var reach: Double

    /// Where left and right are told apart and lane widths are measured.
    public var reference: Double

    /// Lane widths that are believed.
    public var laneWidths: ClosedRange<Double>

    /// Boundaries at a time.
    public var maximumBoundaries: Int

    public init(
        nearest: Double = 3, farthest: Double = 50, memory: Double = 0.4, patience: Double = 0.8, reach: Double = 0.6,
        reference: Double = 8, laneWidths: ClosedRange<Double> = 2.2...5, maximumBoundaries: Int = 8
    ) {
        self.nearest = nearest
        self.farthest = farthest
        self.memory = memory
        self.patience = patience
        self.reach = reach
        self.reference = reference
        self.laneWidths = laneWidths
        self.maximumBoundaries = maximumBoundaries
    }
}
