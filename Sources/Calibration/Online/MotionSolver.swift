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
        var last: (normal: Normal, count: Int)?
        // What the points' distances show, where they are less exact than was thought.
        var spread = noise
        for iteration in 0..<25 {
            spread = max(noise, robustSpread(first, second, turn, heading))
            let limit = max(4 * noise, 4.685 * spread)
            let normal = equations(first, second, turn, heading, limit: limit)
            guard let step = normal.solve() else { return nil }
            turn += SIMD3(step[0], step[1], step[2])
            heading += SIMD2(step[3], step[4])
            guard heading.length < 0.6, turn.length < 0.3 else { return nil }
            last = (normal, normal.count)
            if iteration > 3, step.map(\.magnitude).max() ?? 0 < 1e-8 { break }
        }
        guard let (normal, count) = last, count >= leastPoints, count * 2 > first.count,
            let variances = normal.variances(noise: spread)
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

    /// Robust standard deviation of the points' distances from fitting a motion.
    private static func robustSpread(
        _ first: UnsafeBufferPointer<SIMD2<Double>>, _ second: UnsafeBufferPointer<SIMD2<Double>>,
        _ turn: SIMD3<Double>,
        _ heading: SIMD2<Double>
    ) -> Double {
        let back = Matrix3(rotationVector: turn).transposed
        let distances = first.indices.map { index in
            Epipolar(first[index], second[index], back: back, translation: SIMD3(heading, 1)).distance.magnitude
        }
        return 1.4826 * distances.sorted()[distances.count / 2]
    }

    /// How far a pair of points is from fitting a motion.
    private struct Epipolar {
        /// The first frame's ray in the second's axes.
        let before: SIMD3<Double>
        let after: SIMD3<Double>
        let backward: SIMD3<Double>
        /// Turns the raw error into Sampson's distance: by how it changes with both points.
        let scale: Double
        let distance: Double

        init(_ first: SIMD2<Double>, _ second: SIMD2<Double>, back: Matrix3, translation: SIMD3<Double>) {
            // Still points, seen by a camera that turned by R and moved along t: second . (t x R^T first) = 0.
            before = back * SIMD3(first, 1)
            after = SIMD3(second, 1)
            let moved = translation.cross(before)
            backward = after.cross(translation)
            let size = moved.x * moved.x + moved.y * moved.y + backward.x * backward.x + backward.y * backward.y
            scale = size > 1e-12 ? 1 / size.squareRoot() : 0
            distance = after.dot(moved) * scale
        }
    }

    private static func equations(
        _ first: UnsafeBufferPointer<SIMD2<Double>>, _ second: UnsafeBufferPointer<SIMD2<Double>>,
        _ turn: SIMD3<Double>,
        _ heading: SIMD2<Double>, limit: Double
    ) -> Normal {
        var normal = Normal()
        let back = Matrix3(rotationVector: turn).transposed
        let translation = SIMD3(heading, 1)
        for index in first.indices {
            let pair = Epipolar(first[index], second[index], back: back, translation: translation)
            guard pair.scale > 0, pair.distance.magnitude < limit else { continue }
            let share = pair.distance / limit
            let weight = (1 - share * share) * (1 - share * share)
            // A small further turn w moves R^T a by -w x (R^T a).
            let byTurn = pair.backward.cross(pair.before) * pair.scale
            let byHeading = pair.before.cross(pair.after) * pair.scale
            normal.add([byTurn.x, byTurn.y, byTurn.z, byHeading.x, byHeading.y], pair.distance, weight)
            if share.magnitude < 0.5 { normal.count += 1 }
        }
        return normal
    }
}
