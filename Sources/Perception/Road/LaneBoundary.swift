/// One lane boundary on the ground, in vehicle axes: `left = c0 + c1 forward + c2 forward^2`, metres.
public struct LaneBoundary: Sendable, Hashable, BitwiseCopyable {
    public enum Side: Sendable, Hashable, BitwiseCopyable {
        case egoLeft
        case egoRight
        /// Beyond the vehicle's own lane.
        case left
        case right
    }

    public internal(set) var side = Side.left

    /// From 0 to 1: how much of the road before the vehicle shows the boundary, and how lately.
    public internal(set) var confidence: Float = 0

    /// c0, c1, c2.
    public internal(set) var coefficients = SIMD3<Double>(repeating: 0)

    /// Where the polynomial holds, metres forward.
    public internal(set) var forwardFrom: Double
    public internal(set) var forwardTo: Double

    var fit = QuadraticFit()
    var firstSeen: Int64
    var lastSeen: Int64
    /// Metres of the boundary that showed, smoothed over time.
    var shownLength = 0.0
    /// The same of the newest frame.
    var lengthNow = 0.0

    init(from: Double, to: Double, time: Int64) {
        forwardFrom = from
        forwardTo = to
        firstSeen = time
        lastSeen = time
    }

    /// The boundary's place to the left at a distance forward, metres.
    public func left(at forward: Double) -> Double {
        coefficients.x + forward * (coefficients.y + forward * coefficients.z)
    }

    /// Its direction there: left per forward.
    public func slope(at forward: Double) -> Double { coefficients.y + 2 * forward * coefficients.z }
}
