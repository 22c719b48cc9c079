import Glibc

/// Where a point is seen, and how that moves with the point and with the parameters.
struct ProjectionDerivative {
    var pixel = SIMD2<Double>(0, 0)
    /// Derivatives of the two pixel coordinates with respect to the point in camera axes.
    var pointU = SIMD3<Double>(0, 0, 0)
    var pointV = SIMD3<Double>(0, 0, 0)
    /// The same with respect to the parameters.
    var parametersU: [Double]
    var parametersV: [Double]

    init(parameterCount: Int) {
        parametersU = [Double](repeating: 0, count: parameterCount)
        parametersV = parametersU
    }

    /// Projects a point in camera optical axes with `parameters` and fills in the derivatives.
    mutating func project(_ point: SIMD3<Double>, _ parameters: CameraParameters) {
        let values = parameters.values
        let (distorted, u, v) =
            parameters.lens == .equidistant ? fisheye(point, values) : polynomial(point, values, parameters.lens)
        pixel = SIMD2(values[0] * distorted.x + values[2], values[1] * distorted.y + values[3])
        pointU = u * values[0]
        pointV = v * values[1]
        parametersU[0] = distorted.x
        parametersU[2] = 1
        parametersV[1] = distorted.y
        parametersV[3] = 1
        for index in 4..<values.count {
            parametersU[index] *= values[0]
            parametersV[index] *= values[1]
        }
    }

    private mutating func polynomial(
        _ point: SIMD3<Double>, _ c: [Double], _ lens: LensDistortion.Model
    ) -> (SIMD2<Double>, SIMD3<Double>, SIMD3<Double>) {
        let depth = 1 / point.z
        let (x, y) = (point.x * depth, point.y * depth)
        let r2 = x * x + y * y
        let isRational = lens == .rationalPolynomial
        let numerator = 1 + r2 * (c[4] + r2 * (c[5] + r2 * c[8]))
        let numeratorSlope = c[4] + r2 * (2 * c[5] + r2 * 3 * c[8])
        let denominator = isRational ? 1 + r2 * (c[9] + r2 * (c[10] + r2 * c[11])) : 1
        let denominatorSlope = isRational ? c[9] + r2 * (2 * c[10] + r2 * 3 * c[11]) : 0
        let radial = numerator / denominator
        let slope = (numeratorSlope - radial * denominatorSlope) / denominator
        let (p1, p2) = (c[6], c[7])
        let distorted = SIMD2(
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x), y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y)
        let mixed = 2 * x * y * slope + 2 * (p1 * x + p2 * y)
        let dxdx = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
        let dydy = radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
        setParameters(4, SIMD2(x, y) * (r2 / denominator))
        setParameters(5, SIMD2(x, y) * (r2 * r2 / denominator))
        setParameters(6, SIMD2(2 * x * y, r2 + 2 * y * y))
        setParameters(7, SIMD2(r2 + 2 * x * x, 2 * x * y))
        setParameters(8, SIMD2(x, y) * (r2 * r2 * r2 / denominator))
        if isRational {
            let share = -radial / denominator
            setParameters(9, SIMD2(x, y) * (share * r2))
            setParameters(10, SIMD2(x, y) * (share * r2 * r2))
            setParameters(11, SIMD2(x, y) * (share * r2 * r2 * r2))
        }
        return (
            distorted, SIMD3(dxdx, mixed, -dxdx * x - mixed * y) * depth,
            SIMD3(mixed, dydy, -mixed * x - dydy * y) * depth
        )
    }

    private mutating func fisheye(
        _ point: SIMD3<Double>, _ c: [Double]
    ) -> (SIMD2<Double>, SIMD3<Double>, SIMD3<Double>) {
        let rho = (point.x * point.x + point.y * point.y).squareRoot()
        guard rho > 1e-9 * point.z.magnitude else {
            for index in 4..<8 { setParameters(index, SIMD2(0, 0)) }
            return (SIMD2(point.x, point.y) / point.z, SIMD3(1 / point.z, 0, 0), SIMD3(0, 1 / point.z, 0))
        }
        let angle = atan2(rho, point.z)
        let square = angle * angle
        let radius = angle * (1 + square * (c[4] + square * (c[5] + square * (c[6] + square * c[7]))))
        let slope = 1 + square * (3 * c[4] + square * (5 * c[5] + square * (7 * c[6] + square * 9 * c[7])))
        let direction = SIMD2(point.x, point.y) / rho
        var power = angle * square
        for index in 4..<8 {
            setParameters(index, direction * power)
            power *= square
        }
        let squaredDistance = rho * rho + point.z * point.z
        // The angle moves along the radius with z and along z with the radius; the rest turns about the axis.
        let along = slope * point.z / squaredDistance
        let across = radius / rho
        let depth = -slope * rho / squaredDistance
        let (x, y) = (direction.x, direction.y)
        return (
            direction * radius, SIMD3(along * x * x + across * y * y, (along - across) * x * y, depth * x),
            SIMD3((along - across) * x * y, along * y * y + across * x * x, depth * y)
        )
    }

    private mutating func setParameters(_ index: Int, _ value: SIMD2<Double>) {
        parametersU[index] = value.x
        parametersV[index] = value.y
    }
}
