// equidistant: the image radius is a polynomial of the angle from the optical axis.
extension LensDistortion {
    /// The image radius, in focal lengths, of a ray at that angle from the axis.
    @inline(__always)
    func fisheyeRadius(_ angle: Double) -> Double {
        let square = angle * angle
        return angle
            * (1 + square * (values[0] + square * (values[1] + square * (values[2] + square * values[3]))))
    }

    /// The derivative of the image radius with respect to the angle.
    @inline(__always)
    func fisheyeSlope(_ angle: Double) -> Double {
        let square = angle * angle
        return 1 + square
            * (3 * values[0] + square * (5 * values[1] + square * (7 * values[2] + square * 9 * values[3])))
    }

    /// The angle that gives an image radius: Newton's method kept inside a bracket.
    ///
    /// - Returns: nil when no angle below `limit` gives that radius.
    @inline(__always)
    func fisheyeAngle(radius: Double, limit: Double) -> Double? {
        guard radius <= fisheyeRadius(limit) else { return nil }
        var (low, high) = (0.0, limit)
        var angle = min(radius, limit)
        for _ in 0..<60 {
            let error = fisheyeRadius(angle) - radius
            if error.magnitude < 1e-14 { break }
            if error > 0 { high = angle } else { low = angle }
            let next = angle - error / fisheyeSlope(angle)
            let inside = next > low && next < high
            let previous = angle
            angle = inside ? next : (low + high) / 2
            if angle == previous { break }
        }
        return angle
    }
}
