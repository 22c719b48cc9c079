import Glibc

/// Where solving starts: camera parameters and poses from closed forms.
enum InitialCamera {
    /// Zhang's closed form (2000) for cameras without skew, from the homographies of two views or more.
    ///
    /// - Returns: nil when the views do not determine it or give no plausible camera.
    static func zhang(homographies: [Matrix3], width: Int, height: Int, lens: LensDistortion.Model) -> CameraParameters?
    {
        // In coordinates of about unit size, for the moments' condition.
        let scale = Double(max(width, height))
        let (centerX, centerY) = ((Double(width) - 1) / 2, (Double(height) - 1) / 2)
        let normalize = Matrix3(
            SIMD3(1 / scale, 0, -centerX / scale), SIMD3(0, 1 / scale, -centerY / scale), SIMD3(0, 0, 1))
        // The image of the absolute conic without skew: b11, b22, b13, b23, b33.
        var moments = SmallMatrix(size: 5)
        for homography in homographies {
            let map = normalize * homography
            let (first, second) = (map.column0, map.column1)
            let length = first.length * second.length
            moments.addOuter(row(first, second).map { $0 / length })
            moments.addOuter(zip(row(first, first), row(second, second)).map { ($0 - $1) / length })
        }
        let b = moments.smallestEigenvector()
        let (b11, b22, b13, b23, b33) = (b[0], b[1], b[2], b[3], b[4])
        let (cx, cy) = (-b13 / b11, -b23 / b22)
        let lambda = b33 - b13 * b13 / b11 - b23 * b23 / b22
        let (fx, fy) = ((lambda / b11).squareRoot(), (lambda / b22).squareRoot())
        guard fx.isFinite, fy.isFinite, 0.2...20 ~= fx, 0.2...20 ~= fy, cx.magnitude < 0.4, cy.magnitude < 0.4,
            0.5...2 ~= fx / fy
        else { return nil }
        return CameraParameters(
            lens: lens, fx: fx * scale, fy: fy * scale, cx: cx * scale + centerX, cy: cy * scale + centerY)
    }

    private static func row(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> [Double] {
        [a.x * b.x, a.y * b.y, a.x * b.z + a.z * b.x, a.y * b.z + a.z * b.y, a.z * b.z]
    }

    /// A board's pose from where its corners lie on the plane at distance one before the camera.
    static func pose(board: [SIMD2<Double>], flat: [SIMD2<Double>]) -> BoardPose? {
        guard let map = Homography.fit(from: board, to: flat) else { return nil }
        var scale = 2 / (map.column0.length + map.column1.length)
        // The board is before the camera.
        let center = board.reduce(SIMD2(0, 0), +) / Double(board.count)
        if (map * SIMD3(center, 1)).z < 0 { scale = -scale }
        let first = (map.column0 * scale).normalized
        let third = first.cross(map.column1 * scale).normalized
        guard first.x.isFinite, third.x.isFinite else { return nil }
        return BoardPose(
            rotation: Matrix3(columns: first, third.cross(first), third), translation: map.column2 * scale)
    }

    /// Poses of all views under a camera; nil when one has none.
    static func poses(_ views: [BoardView], _ model: CameraModel) -> [BoardPose]? {
        var poses: [BoardPose] = []
        for view in views {
            guard let pose = pose(view, model) else { return nil }
            poses.append(pose)
        }
        return poses
    }

    static func pose(_ view: BoardView, _ model: CameraModel) -> BoardPose? {
        var (board, flat): ([SIMD2<Double>], [SIMD2<Double>]) = ([], [])
        for (place, pixel) in zip(view.board, view.pixels) {
            guard let ray = model.unproject(pixel), ray.z > 0.05 else { continue }
            board.append(place)
            flat.append(SIMD2(ray.x, ray.y) / ray.z)
        }
        return self.pose(board: board, flat: flat)
    }

    /// Cameras to try: Zhang's, and ones with the principal point in the middle and a range of focal lengths.
    static func candidates(
        _ views: [BoardView], width: Int, height: Int, lens: LensDistortion.Model
    ) -> [CameraParameters] {
        var candidates: [CameraParameters] = []
        if lens != .equidistant {
            let homographies = views.compactMap { Homography.fit(from: $0.board, to: $0.pixels) }
            if let camera = zhang(homographies: homographies, width: width, height: height, lens: lens) {
                return [camera]
            }
        }
        for factor in [0.25, 0.32, 0.45, 0.65, 0.9, 1.3, 2, 3.5] {
            let focal = Double(max(width, height)) * factor
            candidates.append(
                CameraParameters(
                    lens: lens, fx: focal, fy: focal, cx: (Double(width) - 1) / 2, cy: (Double(height) - 1) / 2))
        }
        return candidates
    }
}
