/// How detections become tracks. Times are in seconds, so that nothing depends on the frame rate.
public struct TrackingOptions: Sendable, Hashable {
    /// Detections of this score or more are associated first.
    public var highScore: Float

    /// Detections of this score or more, if nothing claims them, begin tracks.
    public var beginScore: Float

    /// Detections of less are not looked at. Those between the two only prolong tracks (ByteTrack's second stage).
    public var lowScore: Float

    /// Sum of the scores of its detections from which a track is confirmed: two sure ones, or several doubtful ones.
    public var confirmingEvidence: Float

    /// How long a confirmed track that is not seen stays alive, seconds.
    public var maximumCoasting: Float

    /// How long a track that is not seen is still shown to others, seconds.
    public var shownCoasting: Float

    /// How long a tentative track that is not seen stays alive, seconds.
    public var maximumTentativeGap: Float

    /// Tracks alive at a time.
    public var maximumTracks: Int

    /// Detections of a frame that are looked at, the best first.
    public var maximumDetections: Int

    /// Motion and measurement noise of boxes.
    public var motion: BoxMotionModel

    public init(
        highScore: Float = 0.25, beginScore: Float = 0.35, lowScore: Float = 0.1, confirmingEvidence: Float = 1,
        maximumCoasting: Float = 1.2, shownCoasting: Float = 0.13, maximumTentativeGap: Float = 0.15,
        maximumTracks: Int = 128,
        maximumDetections: Int = 256, motion: BoxMotionModel = .init()
    ) {
        self.highScore = highScore
        self.beginScore = beginScore
        self.lowScore = lowScore
        self.confirmingEvidence = confirmingEvidence
        self.maximumCoasting = maximumCoasting
        self.shownCoasting = shownCoasting
        self.maximumTentativeGap = maximumTentativeGap
        self.maximumTracks = maximumTracks
        self.maximumDetections = maximumDetections
        self.motion = motion
    }

    func validate() throws(PerceptionError) {
        guard lowScore >= 0, highScore >= lowScore, beginScore >= highScore, beginScore < 1 else {
            throw .invalidOption(
                name: "beginScore",
                detail: "\(lowScore) (low), \(highScore) (high), \(beginScore) (begin) do not rise from 0 to below 1")
        }
        for (name, value) in [
            ("confirmingEvidence", confirmingEvidence), ("maximumCoasting", maximumCoasting),
            ("shownCoasting", shownCoasting), ("maximumTentativeGap", maximumTentativeGap),
        ] where !(value >= 0 && value <= 60) {
            throw .invalidOption(name: name, detail: "\(value) is not from 0 to 60")
        }
        guard (1...1024).contains(maximumTracks), (1...4096).contains(maximumDetections) else {
            throw .invalidOption(
                name: "maximumTracks", detail: "room for 1 to 1024 tracks and 1 to 4096 detections is needed")
        }
    }
}

/// How boxes move and how exactly they are measured, in shares of a box's size (the mean of width and height).
public struct BoxMotionModel: Sendable, Hashable {
    /// Standard deviation of a measured centre, and of a measured width or height.
    public var centerNoise: Float
    public var sizeNoise: Float

    /// Standard deviation in pixels that comes on top: small boxes are not measured to a hundredth of a pixel.
    public var pixelNoise: Float

    /// How much the velocity wanders within a second, sizes per second.
    public var velocityWander: Float

    /// How much the growth of width and height wanders within a second, sizes per second.
    public var growthWander: Float

    /// Standard deviation of the velocity of a box that was seen once, sizes per second.
    public var firstVelocity: Float

    public init(
        centerNoise: Float = 0.04, sizeNoise: Float = 0.06, pixelNoise: Float = 1, velocityWander: Float = 1.2,
        growthWander: Float = 0.5, firstVelocity: Float = 2
    ) {
        self.centerNoise = centerNoise
        self.sizeNoise = sizeNoise
        self.pixelNoise = pixelNoise
        self.velocityWander = velocityWander
        self.growthWander = growthWander
        self.firstVelocity = firstVelocity
    }
}
