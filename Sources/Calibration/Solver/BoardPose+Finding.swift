extension BoardPose {
    /// Where a board is before a calibrated camera, and how well that explains the corners seen.
    ///
    /// - Returns: nil when the corners do not determine it; else the pose and the root mean square distance in pixels.
    public static func find(_ view: BoardView, _ model: CameraModel) -> (pose: BoardPose, rms: Double)? {
        guard let start = InitialCamera.pose(view, model) else { return nil }
        let distortion = model.distortion
        // Lenses with prism or tilt are not solved for: their corners are taken to the pinhole first.
        let isSolvable = distortion.count == distortion.model.solvedCoefficientCount
        var seen = view
        if !isSolvable {
            let undistorted = view.pixels.map { model.undistort($0) }
            let kept = undistorted.indices.filter { undistorted[$0] != nil }
            seen = BoardView(
                name: view.name, board: kept.map { view.board[$0] }, pixels: kept.compactMap { undistorted[$0] })
        }
        let coefficients = isSolvable ? distortion.coefficients : [0, 0, 0, 0, 0]
        let parameters = CameraParameters(
            lens: isSolvable ? distortion.model : .plumbBob,
            values: [model.fx, model.fy, model.cx, model.cy] + coefficients)
        var adjustment = BundleAdjustment(views: [seen], parameters: parameters, poses: [start])
        adjustment.fixed = Set(0..<parameters.count)
        let outcome = adjustment.solve()
        guard outcome.rms.isFinite else { return nil }
        return (adjustment.poses[0], outcome.rms)
    }
}
