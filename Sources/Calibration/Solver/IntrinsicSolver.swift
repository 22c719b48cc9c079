import Glibc

/// Finds a camera's inner geometry from views of a flat board.
public struct IntrinsicSolver: Sendable {
    public var width: Int
    public var height: Int
    public var lens: LensDistortion.Model
    /// Whether corners and views that do not fit are left out. Off, every corner counts: plain least squares.
    public var rejectsOutliers: Bool
    /// Whether a polynomial that folds back inside the image is fitted again without its highest power, which views without
    /// corners near the border do not determine.
    public var keepsImageWhole: Bool
    /// Whether the model is judged on views that it was not fitted to; costs five more fits.
    public var validates: Bool

    public init(
        width: Int, height: Int, lens: LensDistortion.Model = .plumbBob, rejectsOutliers: Bool = true,
        keepsImageWhole: Bool = false, validates: Bool = true
    ) {
        self.width = width
        self.height = height
        self.lens = lens
        self.rejectsOutliers = rejectsOutliers
        self.keepsImageWhole = keepsImageWhole
        self.validates = validates
    }

    /// Fewest views: three of different tilt determine the matrix, and distortion needs their corners.
    public static let leastViews = 3

    /// - Throws: ``CalibrationError/tooFewViews(found:needed:detail:)``,
    ///   ``CalibrationError/undetermined(detail:)`` when the views are all alike.
    public func solve(_ views: [BoardView]) throws(CalibrationError) -> IntrinsicSolution {
        let usable = views.filter { $0.board.count >= 6 }
        guard usable.count >= Self.leastViews else {
            throw .tooFewViews(
                found: usable.count, needed: Self.leastViews,
                detail: "take pictures of the board from more sides, also tilted and near the image's corners")
        }
        var fixed: Set<Int> = []
        var (adjustment, rejectedCorners, rejectedViews) = try adjust(usable, fixed: fixed)
        if keepsImageWhole, lens == .plumbBob,
            try !adjustment.parameters.model(width: width, height: height).coversImage
        {
            fixed = [Self.highestPower]
            (adjustment, rejectedCorners, rejectedViews) = try adjust(usable, fixed: fixed)
        }
        var solution = try solution(adjustment)
        solution.rejectedCorners = rejectedCorners
        solution.rejectedViews = rejectedViews
        if validates { solution.heldOutRMS = try heldOutRMS(adjustment) }
        return solution
    }

    /// The place of k3 among the parameters.
    private static let highestPower = 8

    private func adjust(
        _ views: [BoardView], fixed: Set<Int>
    ) throws(CalibrationError) -> (BundleAdjustment, corners: Int, views: [String]) {
        let adjustment = try fit(views, fixed: fixed)
        return rejectsOutliers ? try rejecting(adjustment) : (adjustment, 0, [])
    }

    /// Fits camera and poses from scratch.
    ///
    /// - Parameter fixed: parameters that stay zero.
    private func fit(_ views: [BoardView], fixed: Set<Int>) throws(CalibrationError) -> BundleAdjustment {
        // First the pinhole alone: distortion must not explain what the focal length has to.
        var starts: [(rms: Double, adjustment: BundleAdjustment)] = []
        for candidate in InitialCamera.candidates(views, width: width, height: height, lens: lens) {
            guard let model = try? candidate.model(width: width, height: height),
                let poses = InitialCamera.poses(views, model)
            else { continue }
            var adjustment = BundleAdjustment(views: views, parameters: candidate, poses: poses)
            adjustment.fixed = Set(4..<candidate.count)
            starts.append((adjustment.solve(maximumIterations: 10).rms, adjustment))
        }
        var best: BundleAdjustment?
        var bestRMS = Double.infinity
        for start in starts.sorted(by: { $0.rms < $1.rms }).prefix(2) {
            var adjustment = start.adjustment
            adjustment.fixed = fixed
            let rms = adjustment.solve(maximumIterations: 40).rms
            if rms < bestRMS, isPlausible(adjustment.parameters) { (best, bestRMS) = (adjustment, rms) }
        }
        guard var best else {
            throw .undetermined(
                detail: "no camera explains them; tilt the board differently in each picture, by 20 degrees and more")
        }
        if rejectsOutliers {
            best.huberDistance = max(3 * Self.scale(of: best), 0.05)
            _ = best.solve()
            best.huberDistance = nil
        } else {
            _ = best.solve(maximumIterations: 500)
        }
        return best
    }

    private func isPlausible(_ parameters: CameraParameters) -> Bool {
        let size = Double(max(width, height))
        return (0.05 * size...100 * size).contains(parameters.values[0])
            && (0.05 * size...100 * size).contains(parameters.values[1])
    }

    /// Standard deviation of one pixel coordinate, from the median distance: outliers do not move it.
    static func scale(of adjustment: BundleAdjustment) -> Double {
        let squares = adjustment.views.indices.flatMap { view in adjustment.residuals(view).map { $0.dot($0) } }
            .sorted()
        guard !squares.isEmpty else { return 0 }
        // The median of a squared distance in two dimensions is 2 ln 2 variances.
        return (squares[squares.count / 2] / (2 * log(2))).squareRoot()
    }

    /// Leaves out corners further off than four standard deviations and views that are bad as a whole, and fits again.
    private func rejecting(
        _ start: BundleAdjustment
    ) throws(CalibrationError) -> (BundleAdjustment, corners: Int, views: [String]) {
        var adjustment = start
        let before = adjustment.views.reduce(0) { $0 + $1.board.count }
        var rejectedViews: [String] = []
        for _ in 0..<3 {
            let limit = max(4 * Self.scale(of: adjustment), 0.02)
            let median = Self.medianViewRMS(adjustment)
            var (views, poses): ([BoardView], [BoardPose]) = ([], [])
            var changed = false
            for view in adjustment.views.indices {
                let residuals = adjustment.residuals(view)
                let bad = Set(residuals.indices.filter { residuals[$0].length > limit })
                let good = residuals.indices.filter { !bad.contains($0) }
                let squares = good.reduce(0) { $0 + residuals[$1].dot(residuals[$1]) }
                let rms = (squares / Double(max(good.count, 1))).squareRoot()
                if bad.count * 3 > residuals.count || (rms > 4 * median && rms > 0.3) {
                    rejectedViews.append(adjustment.views[view].name)
                    changed = true
                    continue
                }
                changed = changed || !bad.isEmpty
                views.append(adjustment.views[view].removing(bad))
                poses.append(adjustment.poses[view])
            }
            guard views.count >= Self.leastViews else {
                throw .undetermined(
                    detail:
                        "no camera explains more than \(views.count) of the views; is the board flat and the lens's "
                        + "zoom and focus fixed?")
            }
            var next = BundleAdjustment(views: views, parameters: adjustment.parameters, poses: poses)
            next.fixed = adjustment.fixed
            _ = next.solve()
            adjustment = next
            if !changed { break }
        }
        let after = adjustment.views.reduce(0) { $0 + $1.board.count }
        let inRejectedViews = start.views.filter { rejectedViews.contains($0.name) }.reduce(0) { $0 + $1.board.count }
        return (adjustment, before - after - inRejectedViews, rejectedViews)
    }

    private static func medianViewRMS(_ adjustment: BundleAdjustment) -> Double {
        let values = adjustment.views.indices.map { view -> Double in
            let residuals = adjustment.residuals(view)
            return (residuals.reduce(0) { $0 + $1.dot($1) } / Double(max(residuals.count, 1))).squareRoot()
        }.sorted()
        return values.isEmpty ? 0 : values[values.count / 2]
    }

    private func solution(_ adjustment: BundleAdjustment) throws(CalibrationError) -> IntrinsicSolution {
        let model = try adjustment.parameters.model(width: width, height: height)
        let covariance = adjustment.covariance()
        var deviations: IntrinsicDeviations?
        if let covariance {
            let values = (0..<covariance.size).map { max(covariance[$0, $0], 0).squareRoot() }
            deviations = IntrinsicDeviations(
                fx: values[0], fy: values[1], cx: values[2], cy: values[3], distortion: Array(values[4...]))
        }
        return IntrinsicSolution(
            model: model, rms: adjustment.rms, deviations: deviations, views: adjustment.views, poses: adjustment.poses,
            residuals: adjustment.views.indices.map { adjustment.residuals($0) })
    }

    /// Root mean square distance in views that a model fitted to the others has not seen, in five parts (or as many as
    /// there are views). Of the unseen view only the board's pose is found from its corners.
    private func heldOutRMS(_ full: BundleAdjustment) throws(CalibrationError) -> Double? {
        let parts = min(5, full.views.count)
        guard full.views.count > Self.leastViews else { return nil }
        var (sum, count) = (0.0, 0)
        for part in 0..<parts {
            let seen = full.views.indices.filter { $0 % parts != part }
            guard seen.count >= Self.leastViews else { return nil }
            var training = BundleAdjustment(
                views: seen.map { full.views[$0] }, parameters: full.parameters, poses: seen.map { full.poses[$0] })
            training.fixed = full.fixed
            _ = training.solve(maximumIterations: 60)
            let unseen = full.views.indices.filter { $0 % parts == part }
            var test = BundleAdjustment(
                views: unseen.map { full.views[$0] }, parameters: training.parameters,
                poses: unseen.map { full.poses[$0] })
            test.fixed = Set(0..<full.parameters.count)
            _ = test.solve(maximumIterations: 60)
            for view in test.views.indices {
                for residual in test.residuals(view) {
                    sum += residual.dot(residual)
                    count += 1
                }
            }
        }
        return count > 0 ? (sum / Double(count)).squareRoot() : nil
    }
}
