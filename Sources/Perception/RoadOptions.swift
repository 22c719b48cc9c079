/// How lanes and free space are read from the masks.
public struct RoadOptions: Sendable, Hashable {
    /// Rows that a lane marking must span to count, as a share of the picture's height.
    public var minimumLaneHeight: Float

    /// Rows without marking over which a lane line goes on, as a share of the picture's height.
    public var maximumLaneGap: Float

    /// The widest run of a row that can be a lane line, as a share of the picture's width. Stop lines and crossings are
    /// wider.
    public var maximumLaneWidth: Float

    /// Lane lines of a frame; the longest stay.
    public var maximumLanes: Int

    /// Rows from one point of a lane line to the next.
    public var pointSpacing: Int

    /// The share of the picture's height, from the bottom, in which a column's free space may begin: a car's own bonnet
    /// is not drivable.
    public var bonnetShare: Float

    public init(
        minimumLaneHeight: Float = 0.05, maximumLaneGap: Float = 0.015, maximumLaneWidth: Float = 0.2,
        maximumLanes: Int = 12, pointSpacing: Int = 6, bonnetShare: Float = 0.25
    ) {
        self.minimumLaneHeight = minimumLaneHeight
        self.maximumLaneGap = maximumLaneGap
        self.maximumLaneWidth = maximumLaneWidth
        self.maximumLanes = maximumLanes
        self.pointSpacing = pointSpacing
        self.bonnetShare = bonnetShare
    }

    func validate() throws(PerceptionError) {
        for (name, value) in [
            ("minimumLaneHeight", minimumLaneHeight), ("maximumLaneGap", maximumLaneGap),
            ("maximumLaneWidth", maximumLaneWidth), ("bonnetShare", bonnetShare),
        ] where !(value >= 0 && value <= 1) {
            throw .invalidOption(name: name, detail: "\(value) is not from 0 to 1")
        }
        guard (1...256).contains(maximumLanes) else {
            throw .invalidOption(name: "maximumLanes", detail: "\(maximumLanes) is not from 1 to 256")
        }
        guard (1...1024).contains(pointSpacing) else {
            throw .invalidOption(name: "pointSpacing", detail: "\(pointSpacing) is not from 1 to 1024")
        }
    }
}
