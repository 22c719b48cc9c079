/// Standard deviations of a ``CameraModel``'s parameters, in the parameters' own units.
public struct IntrinsicDeviations: Hashable, Sendable {
    public var fx: Double
    public var fy: Double
    public var cx: Double
    public var cy: Double
    /// In the order of the model's coefficients; empty when unknown.
    public var distortion: [Double]

    public init(fx: Double, fy: Double, cx: Double, cy: Double, distortion: [Double] = []) {
        self.fx = fx
        self.fy = fy
        self.cx = cx
        self.cy = cy
        self.distortion = distortion
    }
}
