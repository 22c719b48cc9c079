/// Weighted least squares of `y = c0 + c1 x + c2 x^2` that can be added to, faded and solved again.
///
/// Kept as information matrix and vector, so that measurements of different frames add up. `x` is counted in ``unit`` to keep
/// the numbers near one.
struct QuadraticFit: Sendable, Hashable, BitwiseCopyable {
    static let unit = 10.0

    // The information matrix's upper triangle, and the vector.
    private var a00 = 0.0
    private var a01 = 0.0
    private var a02 = 0.0
    private var a11 = 0.0
    private var a12 = 0.0
    private var a22 = 0.0
    private var b = SIMD3<Double>(repeating: 0)

    /// Adds a point.
    ///
    /// - Parameter weight: one over the variance of `y`.
    mutating func add(x: Double, y: Double, weight: Double) {
        let t = x / Self.unit
        let wt = weight * t
        let wtt = wt * t
        a00 += weight
        a01 += wt
        a02 += wtt
        a11 += wtt
        a12 += wtt * t
        a22 += wtt * t * t
        b += SIMD3(weight, wt, wtt) * y
    }

    /// Makes all that was added count less.
    mutating func fade(by factor: Double) {
        a00 *= factor
        a01 *= factor
        a02 *= factor
        a11 *= factor
        a12 *= factor
        a22 *= factor
        b *= factor
    }

    mutating func add(_ other: QuadraticFit) {
        a00 += other.a00
        a01 += other.a01
        a02 += other.a02
        a11 += other.a11
        a12 += other.a12
        a22 += other.a22
        b += other.b
    }

    /// The coefficients for `x` in its own unit (metres), with a prior of zero for slope and bend.
    ///
    /// - Parameters:
    ///   - slopeDeviation: standard deviation of the slope that is expected beforehand.
    ///   - bendDeviation: of the coefficient of the square, per metre.
    /// - Returns: nil when nothing was added.
    func solve(slopeDeviation: Double, bendDeviation: Double) -> SIMD3<Double>? {
        let slope = slopeDeviation * Self.unit
        let bend = bendDeviation * Self.unit * Self.unit
        // Cholesky's decomposition of the three by three matrix.
        let d0 = a00
        guard d0 > 1e-9 else { return nil }
        let l10 = a01 / d0
        let l20 = a02 / d0
        let d1 = a11 + 1 / (slope * slope) - l10 * a01
        guard d1 > 1e-12 else { return nil }
        let l21 = (a12 - l20 * a01) / d1
        let d2 = a22 + 1 / (bend * bend) - l20 * a02 - l21 * l21 * d1
        guard d2 > 1e-12 else { return nil }
        let y0 = b.x
        let y1 = b.y - l10 * y0
        let y2 = b.z - l20 * y0 - l21 * y1
        let c2 = y2 / d2
        let c1 = y1 / d1 - l21 * c2
        let c0 = y0 / d0 - l10 * c1 - l20 * c2
        return SIMD3(c0, c1 / Self.unit, c2 / (Self.unit * Self.unit))
    }
}
