/// Cuts polygons to rectangles.
package enum PolygonClip {
    /// The part of a polygon inside a rectangle; where that falls apart, the parts hang together along the border.
    ///
    /// Source: I. E. Sutherland, G. W. Hodgman, "Reentrant polygon clipping", Communications of the ACM 17 (1), 1974.
    package static func inside(
        _ polygon: [SIMD2<Double>], lower: SIMD2<Double>, upper: SIMD2<Double>
    ) -> [SIMD2<Double>] {
        var result = polygon
        for axis in 0..<2 {
            result = cut(result) { $0[axis] - lower[axis] }
            result = cut(result) { upper[axis] - $0[axis] }
        }
        return result
    }

    /// The part where `distance`, which is linear in the place, is not negative.
    private static func cut(
        _ polygon: [SIMD2<Double>], _ distance: (SIMD2<Double>) -> Double
    ) -> [SIMD2<Double>] {
        var result: [SIMD2<Double>] = []
        guard var before = polygon.last else { return [] }
        for corner in polygon {
            let (here, there) = (distance(corner), distance(before))
            if (here < 0) != (there < 0) { result.append(before + (corner - before) * (there / (there - here))) }
            if here >= 0 { result.append(corner) }
            before = corner
        }
        return result
    }
}
