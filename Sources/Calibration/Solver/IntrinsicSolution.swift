/// A camera's inner geometry as ``IntrinsicSolver`` found it, with everything needed to judge it.
public struct IntrinsicSolution: Sendable {
    public var model: CameraModel
    /// Root mean square distance between seen and projected corners, in pixels.
    public var rms: Double
    /// The same in views that the model was not fitted to; nil when that was not asked for or there are too few.
    public var heldOutRMS: Double?
    /// Nil when the views leave a parameter open.
    public var deviations: IntrinsicDeviations?
    /// The views that were used, without rejected corners.
    public var views: [BoardView]
    public var poses: [BoardPose]
    /// Seen minus projected, in pixels, per view and corner.
    public var residuals: [[SIMD2<Double>]]
    public var rejectedCorners = 0
    public var rejectedViews: [String] = []

    init(
        model: CameraModel, rms: Double, deviations: IntrinsicDeviations?, views: [BoardView], poses: [BoardPose],
        residuals: [[SIMD2<Double>]]
    ) {
        self.model = model
        self.rms = rms
        self.deviations = deviations
        self.views = views
        self.poses = poses
        self.residuals = residuals
    }

    /// Root mean square distance in one view.
    public func rms(ofView view: Int) -> Double {
        let squares = residuals[view].reduce(0) { $0 + $1.dot($1) }
        return (squares / Double(max(residuals[view].count, 1))).squareRoot()
    }
}
