/// Finds camera motion from point pairs: turn and direction together, so that nodding is not mistaken for climbing.
///
/// Gauss-Newton on the epipolar distance, with Tukey's weights so that other vehicles' points drop out. Starts from driving
/// straight ahead, which is what it is for. Not for the frame path: it allocates some small arrays.
public enum MotionSolver {
    /// Points that must agree.
    public static let leastPoints = 25

    /// - Parameters:
    ///   - first: directions to the points in the first frame, on the plane at distance one.
    ///   - second: the same points in the second frame.
    ///   - noise: standard deviation of a point's place on that plane: pixels by focal length.
    ///   - seconds: between the frames; for the yaw rate.
    /// - Returns: nil when the points do not determine it: too few, too little movement, no convergence.
    public static func solve(
        first: UnsafeBufferPointer<SIMD2<Double>>, second: UnsafeBufferPointer<SIMD2<Double>>,
        noise: Double,
        seconds: Double? = nil
    ) -> MotionDirection? {
        guard first.count == second.count, first.count >= leastPoints else { return nil }
        var turn = SIMD3(0.0, 0.0, 0.0)
        // The direction is (x, y, 1) before it is normalised.
        var heading = SIMD2(0.0, 0.0)
        var scale = 6 * noise
        var last: (normal: Normal, count: Int)?
        for iteration in 0..<25 {
            let normal = equations(first, second, turn, heading, limit: scale)
            guard let step = normal.solve() else { return nil }
            turn += SIMD3(step[0], step[1], step[2])
            heading += SIMD2(step[3], step[4])
            guard heading.length < 0.6, turn.length < 0.3 else { return nil }
            last = (normal, normal.count)
            // The net is drawn in as the solution settles.
            scale = max(4 * noise, scale * 0.85)
            if iteration > 6, step.map(\.magnitude).max() ?? 0 < 1e-8 { break }
        }
        guard let (normal, count) = last, count >= leastPoints, count * 2 > first.count,
            let variances = normal.variances(noise: noise)
        else { return nil }
        return MotionDirection(
            direction: SIMD3(heading, 1).normalized,
            deviation: SIMD2(variances.x.squareRoot(), variances.y.squareRoot()),
            turn: turn,
            // Optical y points down, so a positive turn about it is to the right.
            yawRate: seconds.map { -turn.y / Angle.degree / $0 }, pointCount: count)
    }

    /// Normal equations of the five unknowns.
    private struct Normal {
        var matrix = SmallMatrix(size: 5)
        var right = [Double](repeating: 0, count: 5)
        var count = 0

        mutating func add(_ row: [Double], _ residual: Double, _ weight: Double) {
            matrix.addOuter(row, weight: weight)
            for index in 0..<5 { right[index] -= row[index] * residual * weight }
        }

        func solve() -> [Double]? { matrix.cholesky()?.solveFactored(right) }

        /// Of the heading's x and y.
        func variances(noise: Double) -> SIMD2<Double>? {
            guard let inverse = matrix.inverse() else { return nil }
            return SIMD2(inverse[3, 3], inverse[4, 4]) * (noise * noise)
        }
    }

    private static func equations(
        _ first: UnsafeBufferPointer<SIMD2<Double>>, _ second: UnsafeBufferPointer<SIMD2<Double>>,
        _ turn: SIMD3<Double>,
        _ heading: SIMD2<Double>, limit: Double
    ) -> Normal {
        var normal = Normal()
        let rotation = Matrix3(rotationVector: turn)
        let translation = SIMD3(heading, 1)
        for index in first.indices {
            // Still points, seen by a camera that turned by R and moved along t: second . (t x R^T first) = 0, with the
            // first frame's ray brought into the second's axes.
            let before = rotation.transposed * SIMD3(first[index], 1)
            let after = SIMD3(second[index], 1)
            let moved = translation.cross(before)
            let back = after.cross(translation)
            let error = after.dot(moved)
            // Sampson's distance: the error by how it changes with both points.
            let size = moved.x * moved.x + moved.y * moved.y + back.x * back.x + back.y * back.y
            guard size > 1e-12 else { continue }
            let scale = 1 / size.squareRoot()
            let distance = error * scale
            guard distance.magnitude < limit else { continue }
            let share = distance / limit
            let weight = (1 - share * share) * (1 - share * share)
            // A small further turn w moves R^T a by -w x (R^T a).
            let byTurn = back.cross(before)
            let byHeading = before.cross(after)
            normal.add(
                [
                    byTurn.x * scale, byTurn.y * scale, byTurn.z * scale, byHeading.x * scale,
                    byHeading.y * scale,
                ], distance,
                weight)
            if distance.magnitude < limit / 2 { normal.count += 1 }
        }
        return normal
    }
}
