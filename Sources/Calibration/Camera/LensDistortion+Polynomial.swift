// plumb_bob and rational_polynomial, on the plane at distance one before the camera.
extension LensDistortion {
    /// A distorted point and how it moves with the undistorted one.
    struct Derivative {
        var point: SIMD2<Double>
        var dxdx: Double
        var dxdy: Double
        var dydx: Double
        var dydy: Double
    }

    /// The radial factor, and its derivative with respect to the squared radius.
    @inline(__always)
    func radialFactor(_ squaredRadius: Double) -> (value: Double, slope: Double, denominator: Double) {
        let r2 = squaredRadius
        let numerator = 1 + r2 * (values[0] + r2 * (values[1] + r2 * values[4]))
        let numeratorSlope = values[0] + r2 * (2 * values[1] + r2 * 3 * values[4])
        guard model == .rationalPolynomial else { return (numerator, numeratorSlope, 1) }
        let denominator = 1 + r2 * (values[5] + r2 * (values[6] + r2 * values[7]))
        let denominatorSlope = values[5] + r2 * (2 * values[6] + r2 * 3 * values[7])
        let value = numerator / denominator
        return (value, (numeratorSlope - value * denominatorSlope) / denominator, denominator)
    }

    /// Where the lens puts the point (x, y) of the plane at distance one.
    @inline(__always)
    func distortPolynomial(_ point: SIMD2<Double>) -> SIMD2<Double> {
        let (x, y) = (point.x, point.y)
        let (r2, xy2) = (x * x + y * y, 2 * x * y)
        let radial = radialFactor(r2).value
        let (p1, p2) = (values[2], values[3])
        var distorted = SIMD2(
            x * radial + p1 * xy2 + p2 * (r2 + 2 * x * x), y * radial + p1 * (r2 + 2 * y * y) + p2 * xy2)
        if count > 8 {
            distorted += SIMD2(r2 * (values[8] + r2 * values[9]), r2 * (values[10] + r2 * values[11]))
        }
        return tilt.map { $0.forward.mapping(distorted) } ?? distorted
    }

    /// The same without the sensor's tilt, and its derivative.
    @inline(__always)
    func untiltedDerivative(_ point: SIMD2<Double>) -> Derivative {
        let (x, y) = (point.x, point.y)
        let (r2, xy2) = (x * x + y * y, 2 * x * y)
        let radial = radialFactor(r2)
        let (p1, p2) = (values[2], values[3])
        let mixed = radial.slope * xy2 + 2 * (p1 * x + p2 * y)
        var result = Derivative(
            point: SIMD2(
                x * radial.value + p1 * xy2 + p2 * (r2 + 2 * x * x), y * radial.value + p1 * (r2 + 2 * y * y) + p2 * xy2
            ),
            dxdx: radial.value + 2 * x * x * radial.slope + 2 * p1 * y + 6 * p2 * x, dxdy: mixed,
            dydx: mixed, dydy: radial.value + 2 * y * y * radial.slope + 6 * p1 * y + 2 * p2 * x)
        if count > 8 {
            let (s1, s2, s3, s4) = (values[8], values[9], values[10], values[11])
            result.point += SIMD2(r2 * (s1 + r2 * s2), r2 * (s3 + r2 * s4))
            let (slopeX, slopeY) = (2 * (s1 + 2 * r2 * s2), 2 * (s3 + 2 * r2 * s4))
            result.dxdx += x * slopeX
            result.dxdy += y * slopeX
            result.dydx += x * slopeY
            result.dydy += y * slopeY
        }
        return result
    }

    /// The point that the lens puts at `distorted`: Newton's method with step halving.
    ///
    /// - Returns: nil where nothing is found, which is so outside the part of the image that the polynomial describes.
    @inline(__always)
    func undistortPolynomial(_ distorted: SIMD2<Double>, withinRadius limit: Double) -> SIMD2<Double>? {
        let target = tilt.map { $0.backward.mapping(distorted) } ?? distorted
        var point = target
        var current = untiltedDerivative(point)
        var error = current.point - target
        var size = error.dot(error)
        for _ in 0..<30 where size > 1e-26 {
            let determinant = current.dxdx * current.dydy - current.dxdy * current.dydx
            guard determinant.magnitude > 1e-12 else { return nil }
            let step =
                SIMD2(
                    current.dydy * error.x - current.dxdy * error.y, current.dxdx * error.y - current.dydx * error.x)
                / determinant
            var share = 1.0
            while true {
                let next = point - step * share
                let derivative = untiltedDerivative(next)
                let nextError = derivative.point - target
                let nextSize = nextError.dot(nextError)
                if nextSize < size {
                    (point, current, error, size) = (next, derivative, nextError, nextSize)
                    break
                }
                share /= 2
                // No smaller error along the step: rounding's limit, or no solution; the size tells which.
                if share < 1e-3 { return size < 1e-18 && point.dot(point) <= limit * limit ? point : nil }
            }
        }
        return size < 1e-18 && point.dot(point) <= limit * limit ? point : nil
    }
}
