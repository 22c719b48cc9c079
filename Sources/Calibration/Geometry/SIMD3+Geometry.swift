extension SIMD3 where Scalar == Double {
    /// Scalar product.
    @inline(__always)
    func dot(_ other: SIMD3<Double>) -> Double { x * other.x + y * other.y + z * other.z }

    /// Vector product, right-handed.
    @inline(__always)
    func cross(_ other: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    var length: Double { dot(self).squareRoot() }

    /// The vector of length 1 in this direction.
    var normalized: SIMD3<Double> { self / length }
}

extension SIMD2 where Scalar == Double {
    @inline(__always)
    func dot(_ other: SIMD2<Double>) -> Double { x * other.x + y * other.y }

    /// The third component of the vector product: positive when `other` lies counter-clockwise in right-handed axes.
    @inline(__always)
    func cross(_ other: SIMD2<Double>) -> Double { x * other.y - y * other.x }

    var length: Double { dot(self).squareRoot() }
}

/// Degrees to radians and back.
enum Angle {
    static let degree = Double.pi / 180
}
