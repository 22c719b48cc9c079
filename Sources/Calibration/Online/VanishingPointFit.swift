/// Collects a frame's lane lines, point by point, and finds where they meet. Nothing is stored but sums.
///
///     var fit = VanishingPointFit(model: camera.model, mounting: camera.mounting)
///     for line in lines {
///         for point in line { fit.add(pixel) }
///         fit.endLine()
///     }
///     if let point = fit.solve() { online.observe(point, ...) }
public struct VanishingPointFit: Sendable {
    /// Standard deviation of a lane point in pixels: masks have coarse borders and paint has a width.
    public static let pointDeviation = 2.0
    /// Points of a line are not independent; more than this many count as this many.
    private static let independentPoints = 12.0
    /// Shorter lines, as a share of the focal length, tell no direction.
    private static let leastExtent = 0.04

    private let model: CameraModel
    /// The row, on the plane at distance one, where the lines are expected to meet.
    private let expectedRow: Double
    private let noise: Double

    // Of the line being added: sums of powers of y, and of x times powers of y.
    private var count = 0.0
    private var powers = (0.0, 0.0, 0.0, 0.0)
    private var products = (0.0, 0.0, 0.0)
    private var rows = (lowest: Double.infinity, highest: -Double.infinity)

    // Of the finished lines: normal equations for (x, y) of the meeting point.
    private var lineCount = 0
    private var normal = (xx: 0.0, xy: 0.0, yy: 0.0)
    private var right = (x: 0.0, y: 0.0)
    private var squares = 0.0
    private var bend = 0.0

    /// - Parameter mounting: what is known so far; it only says how to weigh lines that end far from the meeting point.
    public init(model: CameraModel, mounting: Mounting) {
        self.model = model
        let forward = mounting.vehicleFromCamera.transposed * SIMD3(1, 0, 0)
        expectedRow = forward.z > 0.1 ? forward.y / forward.z : 0
        noise = Self.pointDeviation / model.fx
    }

    /// Adds a point of the current line; centre-based pixels, see ``CameraModel``.
    public mutating func add(_ pixel: SIMD2<Double>) {
        guard let ray = model.unproject(pixel), ray.z > 0.1 else { return }
        let (x, y) = (ray.x / ray.z, ray.y / ray.z)
        // Distances from the horizon keep the sums well conditioned.
        let row = y - expectedRow
        count += 1
        powers.0 += row
        powers.1 += row * row
        powers.2 += row * row * row
        powers.3 += row * row * row * row
        products.0 += x
        products.1 += x * row
        products.2 += x * row * row
        rows = (min(rows.lowest, row), max(rows.highest, row))
    }

    /// Ends the current line; the next point begins another.
    public mutating func endLine() {
        defer {
            count = 0
            powers = (0, 0, 0, 0)
            products = (0, 0, 0)
            rows = (.infinity, -.infinity)
        }
        guard count >= 4, rows.highest - rows.lowest >= Self.leastExtent else { return }
        let mean = powers.0 / count
        let spread = powers.1 / count - mean * mean
        guard spread > 1e-9 else { return }
        let meanX = products.0 / count
        let slope = (products.1 / count - mean * meanX) / spread
        let base = meanX - slope * mean
        // How sure the line is where it should meet the others (row 0 here).
        let points = min(count, Self.independentPoints)
        let variance = noise * noise * (1 + slope * slope) * (1 + mean * mean / spread) / points
        let weight = 1 / variance
        // x - slope * row = base
        normal.xx += weight
        normal.xy -= weight * slope
        normal.yy += weight * slope * slope
        right.x += weight * base
        right.y -= weight * slope * base
        squares += weight * base * base
        lineCount += 1
        bend = max(bend, bendOfLine(mean: mean, spread: spread))
    }

    /// How far the line's middle leaves the straight between its ends, in standard deviations of a point.
    private func bendOfLine(mean: Double, spread: Double) -> Double {
        // Least squares for x = a + b row + c row^2 by Cramer's rule.
        let (s0, s1, s2, s3, s4) = (count, powers.0, powers.1, powers.2, powers.3)
        let matrix = Matrix3(SIMD3(s0, s1, s2), SIMD3(s1, s2, s3), SIMD3(s2, s3, s4))
        guard let inverse = matrix.inverse else { return 0 }
        let quadratic = (inverse * SIMD3(products.0, products.1, products.2)).z
        let extent = rows.highest - rows.lowest
        return (quadratic * extent * extent / 4).magnitude / noise
    }

    /// The point where the lines meet.
    ///
    /// - Returns: nil for fewer than two lines, or lines that hardly differ in direction.
    public func solve() -> VanishingPoint? {
        let determinant = normal.xx * normal.yy - normal.xy * normal.xy
        guard lineCount >= 2, determinant > 1e-6 * normal.xx * normal.yy, normal.xx > 0 else {
            return nil
        }
        let x = (normal.yy * right.x - normal.xy * right.y) / determinant
        let row = (normal.xx * right.y - normal.xy * right.x) / determinant
        let residual = max(squares - x * right.x - row * right.y, 0)
        return VanishingPoint(
            direction: SIMD3(x, row + expectedRow, 1),
            deviation: SIMD2(
                (normal.yy / determinant).squareRoot(), (normal.xx / determinant).squareRoot()),
            lineCount: lineCount, disagreement: lineCount > 2 ? residual / Double(lineCount - 2) : 0,
            bend: bend)
    }
}
