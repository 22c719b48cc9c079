import Glibc

/// Camera parameters and board poses that project the boards' corners closest to where they were seen.
///
/// Levenberg-Marquardt with analytic derivatives. Each view's six pose parameters touch only that view's corners, so they
/// are eliminated (Schur complement) and only the camera's own parameters are solved for together: the work grows linearly
/// with the number of views (Triggs et al. 1999).
struct BundleAdjustment {
    let views: [BoardView]
    var parameters: CameraParameters
    var poses: [BoardPose]
    /// Parameters that keep their values: all of them to find only poses.
    var fixed: Set<Int> = []
    /// Distance in pixels beyond which a corner's pull no longer grows (Huber 1964); nil for plain least squares.
    var huberDistance: Double?

    /// What solving came to.
    struct Outcome {
        /// Of the plain squares, robust or not.
        var rms: Double
        var iterations: Int
        var isConverged: Bool
    }

    private struct Normal {
        var core: SmallMatrix
        var coreRight: [Double]
        /// Per view: pose block, core times pose block (row by row of the core), and right side.
        var pose: [SmallMatrix]
        var mixed: [[Double]]
        var poseRight: [[Double]]
    }

    init(views: [BoardView], parameters: CameraParameters, poses: [BoardPose]) {
        self.views = views
        self.parameters = parameters
        self.poses = poses
    }

    private var cornerCount: Int { views.reduce(0) { $0 + $1.board.count } }

    /// Runs until the cost no longer falls.
    mutating func solve(maximumIterations: Int = 200) -> Outcome {
        var damping = 1e-4
        var cost = cost(parameters, poses)
        var iterations = 0
        var isConverged = false
        while iterations < maximumIterations, !isConverged {
            iterations += 1
            let normal = normalEquations()
            var improved = false
            while damping < 1e12 {
                guard let (nextParameters, nextPoses, step) = step(normal, damping: damping) else {
                    damping *= 10
                    continue
                }
                let nextCost = self.cost(nextParameters, nextPoses)
                if nextCost <= cost {
                    isConverged = cost - nextCost <= 1e-14 * cost || step < 1e-13
                    (parameters, poses, cost) = (nextParameters, nextPoses, nextCost)
                    damping = max(damping / 10, 1e-12)
                    improved = true
                    break
                }
                damping *= 10
            }
            if !improved { isConverged = true }
        }
        return Outcome(rms: rms, iterations: iterations, isConverged: isConverged)
    }

    /// Distances from seen to projected corners: seen minus projected, for one view.
    func residuals(_ view: Int) -> [SIMD2<Double>] {
        var derivative = ProjectionDerivative(parameterCount: parameters.count)
        return zip(views[view].board, views[view].pixels).map { board, pixel in
            derivative.project(poses[view].apply(board), parameters)
            return pixel - derivative.pixel
        }
    }

    var rms: Double {
        var sum = 0.0
        for view in views.indices { for residual in residuals(view) { sum += residual.dot(residual) } }
        return (sum / Double(max(cornerCount, 1))).squareRoot()
    }

    /// Covariance of the parameters that are not fixed, at the solution; nil when the views do not determine them.
    func covariance() -> SmallMatrix? {
        guard let (reduced, _) = reduce(normalEquations(), damping: 0), let inverse = reduced.inverse() else {
            return nil
        }
        let degrees = 2 * cornerCount - 6 * views.count - (parameters.count - fixed.count)
        guard degrees > 0 else { return nil }
        let variance = rms * rms * Double(cornerCount) / Double(degrees)
        var result = SmallMatrix(size: parameters.count)
        for row in 0..<parameters.count where !fixed.contains(row) {
            for column in 0..<parameters.count where !fixed.contains(column) {
                result[row, column] = inverse[row, column] * variance
            }
        }
        return result
    }
}

extension BundleAdjustment {
    /// Sum of squares, with Huber's linear tails where they are asked for.
    private func cost(_ parameters: CameraParameters, _ poses: [BoardPose]) -> Double {
        var derivative = ProjectionDerivative(parameterCount: parameters.count)
        var sum = 0.0
        for (view, pose) in zip(views, poses) {
            for (board, pixel) in zip(view.board, view.pixels) {
                derivative.project(pose.apply(board), parameters)
                let residual = pixel - derivative.pixel
                let square = residual.dot(residual)
                if let limit = huberDistance, square > limit * limit {
                    sum += 2 * limit * square.squareRoot() - limit * limit
                } else {
                    sum += square
                }
            }
        }
        return sum.isFinite ? sum : .infinity
    }

    private func normalEquations() -> Normal {
        let count = parameters.count
        var normal = Normal(
            core: SmallMatrix(size: count), coreRight: [Double](repeating: 0, count: count), pose: [], mixed: [],
            poseRight: [])
        var derivative = ProjectionDerivative(parameterCount: count)
        for (view, pose) in zip(views, poses) {
            var block = SmallMatrix(size: 6)
            var mixed = [Double](repeating: 0, count: count * 6)
            var right = [Double](repeating: 0, count: 6)
            for (board, pixel) in zip(view.board, view.pixels) {
                let turned = pose.rotation * SIMD3(board, 0)
                derivative.project(turned + pose.translation, parameters)
                let residual = pixel - derivative.pixel
                var weight = 1.0
                if let limit = huberDistance, residual.length > limit { weight = limit / residual.length }
                accumulate(
                    row: derivative.parametersU, poseRow(derivative.pointU, turned), residual.x, weight, &normal,
                    &block,
                    &mixed, &right)
                accumulate(
                    row: derivative.parametersV, poseRow(derivative.pointV, turned), residual.y, weight, &normal,
                    &block,
                    &mixed, &right)
            }
            normal.pose.append(block)
            normal.mixed.append(mixed)
            normal.poseRight.append(right)
        }
        return normal
    }

    /// Derivatives with respect to a small turn of the board about the camera's axes, and a shift.
    private func poseRow(_ point: SIMD3<Double>, _ turned: SIMD3<Double>) -> [Double] {
        let turn = turned.cross(point)
        return [turn.x, turn.y, turn.z, point.x, point.y, point.z]
    }

    private func accumulate(
        row: [Double], _ poseRow: [Double], _ residual: Double, _ weight: Double, _ normal: inout Normal,
        _ block: inout SmallMatrix, _ mixed: inout [Double], _ right: inout [Double]
    ) {
        normal.core.addOuter(row, weight: weight)
        block.addOuter(poseRow, weight: weight)
        for index in row.indices where row[index] != 0 {
            let scaled = row[index] * weight
            normal.coreRight[index] += scaled * residual
            for column in 0..<6 { mixed[index * 6 + column] += scaled * poseRow[column] }
        }
        for column in 0..<6 { right[column] += poseRow[column] * residual * weight }
    }

    /// The camera's equations with the poses eliminated, and the damped pose factors.
    private func reduce(
        _ normal: Normal, damping: Double
    ) -> (matrix: SmallMatrix, right: (reduced: [Double], factors: [SmallMatrix]))? {
        let count = parameters.count
        var matrix = normal.core
        var right = normal.coreRight
        var factors: [SmallMatrix] = []
        for index in 0..<count { matrix[index, index] *= 1 + damping }
        for view in views.indices {
            var block = normal.pose[view]
            for index in 0..<6 { block[index, index] *= 1 + damping }
            guard let factor = block.cholesky() else { return nil }
            factors.append(factor)
            let poseStep = factor.solveFactored(normal.poseRight[view])
            for row in 0..<count {
                let mixedRow = Array(normal.mixed[view][row * 6..<row * 6 + 6])
                right[row] -= zip(mixedRow, poseStep).reduce(0) { $0 + $1.0 * $1.1 }
                let solved = factor.solveFactored(mixedRow)
                for column in 0..<count {
                    var sum = 0.0
                    for index in 0..<6 { sum += normal.mixed[view][column * 6 + index] * solved[index] }
                    matrix[row, column] -= sum
                }
            }
        }
        for index in fixed {
            for other in 0..<count {
                matrix[index, other] = 0
                matrix[other, index] = 0
            }
            matrix[index, index] = 1
            right[index] = 0
        }
        return (matrix, (right, factors))
    }

    /// The next parameters and poses, and the largest relative change of a parameter.
    private func step(
        _ normal: Normal, damping: Double
    ) -> (CameraParameters, [BoardPose], Double)? {
        guard let (matrix, (right, factors)) = reduce(normal, damping: damping), let factor = matrix.cholesky() else {
            return nil
        }
        let change = factor.solveFactored(right)
        guard change.allSatisfy(\.isFinite) else { return nil }
        var next = parameters
        var largest = 0.0
        for index in next.values.indices {
            next.values[index] += change[index]
            largest = max(largest, change[index].magnitude / (next.values[index].magnitude + 1e-6))
        }
        var nextPoses = poses
        for view in views.indices {
            var poseRight = normal.poseRight[view]
            for column in 0..<6 {
                for row in 0..<next.count { poseRight[column] -= normal.mixed[view][row * 6 + column] * change[row] }
            }
            let step = factors[view].solveFactored(poseRight)
            let turn = Matrix3(rotationVector: SIMD3(step[0], step[1], step[2]))
            nextPoses[view].rotation = turn * nextPoses[view].rotation
            nextPoses[view].translation += SIMD3(step[3], step[4], step[5])
            largest = max(largest, step.map(\.magnitude).max() ?? 0)
        }
        return (next, nextPoses, largest)
    }
}
