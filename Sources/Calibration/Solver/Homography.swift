/// Plane to plane maps from point pairs.
enum Homography {
    /// The homography that takes `from` to `to` in the least squares sense of the normalised direct linear transform
    /// (Hartley 1997).
    ///
    /// - Returns: nil for fewer than four pairs, or points on a line.
    static func fit(from: [SIMD2<Double>], to: [SIMD2<Double>]) -> Matrix3? {
        guard from.count == to.count, from.count >= 4, let source = normalization(from), let target = normalization(to)
        else { return nil }
        var moments = SmallMatrix(size: 9)
        for (rawSource, rawTarget) in zip(from, to) {
            let (s, t) = (source.mapping(rawSource), target.mapping(rawTarget))
            moments.addOuter([s.x, s.y, 1, 0, 0, 0, -t.x * s.x, -t.x * s.y, -t.x])
            moments.addOuter([0, 0, 0, s.x, s.y, 1, -t.y * s.x, -t.y * s.y, -t.y])
        }
        let normalized = Matrix3(elements: moments.smallestEigenvector())
        guard let back = target.inverse else { return nil }
        let result = back * normalized * source
        let scale = result.row2.z
        guard scale.magnitude > 1e-12, result.determinant.magnitude > 1e-30 else { return nil }
        return Matrix3(result.row0 / scale, result.row1 / scale, result.row2 / scale)
    }

    /// The similarity that moves points to mean zero and mean distance sqrt(2).
    private static func normalization(_ points: [SIMD2<Double>]) -> Matrix3? {
        let count = Double(points.count)
        let mean = points.reduce(SIMD2(0, 0), +) / count
        let distance = points.reduce(0) { $0 + ($1 - mean).length } / count
        guard distance > 1e-12, distance.isFinite else { return nil }
        let scale = 2.0.squareRoot() / distance
        return Matrix3(SIMD3(scale, 0, -scale * mean.x), SIMD3(0, scale, -scale * mean.y), SIMD3(0, 0, 1))
    }
}
