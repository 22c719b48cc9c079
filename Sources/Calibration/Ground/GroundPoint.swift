/// A place on the ground in vehicle axes (see ``Mounting``), with how sure it is.
public struct GroundPoint: Hashable, Sendable {
    /// Metres forward.
    public var x: Double
    /// Metres to the left.
    public var y: Double
    /// Variances and covariance of `x` and `y`, in square metres.
    public var varianceX: Double
    public var varianceY: Double
    public var covariance: Double

    public init(x: Double, y: Double, varianceX: Double, varianceY: Double, covariance: Double) {
        self.x = x
        self.y = y
        self.varianceX = varianceX
        self.varianceY = varianceY
        self.covariance = covariance
    }

    /// Standard deviation along x, in metres.
    public var deviationX: Double { varianceX.squareRoot() }
    /// Standard deviation along y, in metres.
    public var deviationY: Double { varianceY.squareRoot() }
}
