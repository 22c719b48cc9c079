import Glibc

/// Follows corners of the picture from frame to frame: Lucas and Kanade's method on three sizes of the picture, translation
/// only, checked by following each point back (Bouguet 2000).
///
/// For slow threads and recorded drives: it takes its time and allocates.
struct PointTracker {
    /// A point that is being followed.
    struct Track {
        var start: SIMD2<Double>
        var now: SIMD2<Double>
    }

    private(set) var tracks: [Track] = []
    private var pyramid: [GrayImage] = []

    private static let levels = 3
    private static let halfWindow = 7
    /// One point is chosen in each cell of this many pixels.
    private static let cell = 28
    /// Smallest eigenvalue of a point's gradients, per pixel, below which it is not distinct.
    private static let leastEigenvalue: Float = 12

    init() {}

    /// Takes the first frame and chooses points.
    mutating func start(_ image: GrayImage, rows: Range<Int>) {
        pyramid = Self.pyramid(image)
        tracks = Self.distinctPoints(image, rows: rows).map { Track(start: $0, now: $0) }
    }

    /// Follows the points into the next frame; those that are lost are dropped.
    mutating func follow(_ image: GrayImage) {
        let next = Self.pyramid(image)
        tracks = tracks.compactMap { track in
            guard let there = Self.find(track.now, from: pyramid, in: next),
                let back = Self.find(there, from: next, in: pyramid), (back - track.now).length < 0.4
            else { return nil }
            return Track(start: track.start, now: there)
        }
        pyramid = next
    }

    private static func pyramid(_ image: GrayImage) -> [GrayImage] {
        var levels = [image]
        while levels.count < Self.levels { levels.append(levels[levels.count - 1].halved) }
        return levels
    }

    /// The most distinct point of each cell (Shi and Tomasi 1994).
    private static func distinctPoints(_ image: GrayImage, rows: Range<Int>) -> [SIMD2<Double>] {
        let (width, border) = (image.width, halfWindow + 4)
        let values = image.values
        var points: [SIMD2<Double>] = []
        for top in stride(from: max(rows.lowerBound, border), to: min(rows.upperBound, image.height - border), by: cell)
        {
            for left in stride(from: border, to: width - border, by: cell) {
                var best = (value: leastEigenvalue, x: 0, y: 0)
                for y in stride(from: top, to: min(top + cell, image.height - border), by: 2) {
                    for x in stride(from: left, to: min(left + cell, width - border), by: 2) {
                        let value = smallestEigenvalue(values, width, x, y)
                        if value > best.value { best = (value, x, y) }
                    }
                }
                if best.x > 0 { points.append(SIMD2(Double(best.x), Double(best.y))) }
            }
        }
        return points
    }

    private static func smallestEigenvalue(_ values: [Float], _ width: Int, _ x: Int, _ y: Int) -> Float {
        var (a, b, c): (Float, Float, Float) = (0, 0, 0)
        for row in y - 2...y + 2 {
            for column in x - 2...x + 2 {
                let i = row * width + column
                let gx = (values[i + 1] - values[i - 1]) / 2
                let gy = (values[i + width] - values[i - width]) / 2
                a += gx * gx
                b += gx * gy
                c += gy * gy
            }
        }
        let (mean, half) = ((a + c) / 50, (a - c) / 50)
        return mean - (half * half + b * b / 625).squareRoot()
    }

    /// Where a point of one picture is in another, from the smallest size to the largest.
    private static func find(_ point: SIMD2<Double>, from: [GrayImage], in other: [GrayImage]) -> SIMD2<Double>? {
        var shift = SIMD2(0.0, 0.0)
        for level in (0..<levels).reversed() {
            let scale = 1 / Double(1 << level)
            let place = (point + 0.5) * scale - 0.5
            guard let found = refine(shift * scale, place, from[level], other[level]) else { return nil }
            shift = found / scale
        }
        return point + shift
    }

    private static func refine(
        _ start: SIMD2<Double>, _ place: SIMD2<Double>, _ from: GrayImage, _ other: GrayImage
    ) -> SIMD2<Double>? {
        let size = 2 * halfWindow + 1
        var template = [Float](repeating: 0, count: size * size)
        var gradients = [SIMD2<Float>](repeating: SIMD2(0, 0), count: size * size)
        var (a, b, c): (Double, Double, Double) = (0, 0, 0)
        for y in 0..<size {
            for x in 0..<size {
                let at = place + SIMD2(Double(x - halfWindow), Double(y - halfWindow))
                let gx = (from.sample(at.x + 1, at.y) - from.sample(at.x - 1, at.y)) / 2
                let gy = (from.sample(at.x, at.y + 1) - from.sample(at.x, at.y - 1)) / 2
                template[y * size + x] = from.sample(at.x, at.y)
                gradients[y * size + x] = SIMD2(gx, gy)
                a += Double(gx * gx)
                b += Double(gx * gy)
                c += Double(gy * gy)
            }
        }
        let determinant = a * c - b * b
        guard determinant > 1e-3 * (a + c) * (a + c), a + c > Double(size * size) else { return nil }
        var shift = start
        for _ in 0..<12 {
            var right = SIMD2(0.0, 0.0)
            for y in 0..<size {
                for x in 0..<size {
                    let at = place + shift + SIMD2(Double(x - halfWindow), Double(y - halfWindow))
                    let index = y * size + x
                    let difference = Double(template[index] - other.sample(at.x, at.y))
                    right += SIMD2(Double(gradients[index].x), Double(gradients[index].y)) * difference
                }
            }
            let step = SIMD2(c * right.x - b * right.y, a * right.y - b * right.x) / determinant
            shift += step
            if step.length < 0.01 { break }
        }
        let there = place + shift
        guard there.x > 2, there.y > 2, there.x < Double(other.width - 3), there.y < Double(other.height - 3),
            (shift - start).length < 12
        else { return nil }
        return shift
    }
}
