/// How boxes become places on the ground. Lengths in metres, angles in degrees, times in seconds.
public struct LocalizationOptions: Sendable, Hashable {
    /// Standard deviation of a box's edge: pixels, and a share of the box's size that comes on top.
    public var edgePixels: Double
    public var edgeShare: Double

    /// For how long an edge's error stays the same: boxes of ten frames that are wrong alike tell no more than one.
    public var edgeMemory: Double

    /// How far springs, brakes and bumps turn the camera about its mounting, and how long such a turn lasts.
    public var noddingDegrees: Double
    public var noddingMemory: Double

    /// How far the road before the vehicle leaves its plane, as an angle seen from the camera.
    public var unevennessDegrees: Double

    /// Distances less sure than this share of themselves are not told.
    public var largestDeviationShare: Double

    /// Distances beyond are not told.
    public var farthest: Double

    /// Objects that are located at a time; the others have no metres.
    public var maximumObjects: Int

    public init(
        edgePixels: Double = 1.2, edgeShare: Double = 0.02, edgeMemory: Double = 0.25, noddingDegrees: Double = 0.4,
        noddingMemory: Double = 2, unevennessDegrees: Double = 0.05, largestDeviationShare: Double = 0.35,
        farthest: Double = 200, maximumObjects: Int = 32
    ) {
        self.edgePixels = edgePixels
        self.edgeShare = edgeShare
        self.edgeMemory = edgeMemory
        self.noddingDegrees = noddingDegrees
        self.noddingMemory = noddingMemory
        self.unevennessDegrees = unevennessDegrees
        self.largestDeviationShare = largestDeviationShare
        self.farthest = farthest
        self.maximumObjects = maximumObjects
    }

    func validate() throws(PerceptionError) {
        for (name, value) in [
            ("edgePixels", edgePixels), ("edgeShare", edgeShare), ("edgeMemory", edgeMemory),
            ("noddingDegrees", noddingDegrees), ("noddingMemory", noddingMemory),
            ("unevennessDegrees", unevennessDegrees), ("largestDeviationShare", largestDeviationShare),
            ("farthest", farthest),
        ] where !(value >= 0 && value <= 10_000) {
            throw .invalidOption(name: name, detail: "\(value) is not from 0 to 10000")
        }
        guard (1...128).contains(maximumObjects) else {
            throw .invalidOption(name: "maximumObjects", detail: "\(maximumObjects) is not from 1 to 128")
        }
    }
}
