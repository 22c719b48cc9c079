import Glibc

/// Finds chessboard corners one by one: saddle points of the brightness, with four edges around them.
struct SaddleDetector {
    /// Smoothing before second derivatives are taken, in pixels.
    var sigma: Float = 1.5
    /// Pixels from one corner to the next that are told apart.
    var separation = 4
    /// Radii, in pixels, on which the picture must change four times between dark and bright.
    var radii: [Double] = [3.5, 5]
    /// Smallest difference between bright and dark, of 255.
    var leastContrast = 10.0

    /// Most corners that are looked at; a picture has at most some hundreds, and noise would give thousands.
    static let candidateLimit = 6000

    func corners(in image: GrayImage) -> [SaddleCorner] {
        let smooth = image.blurred(sigma)
        let found = candidates(smooth)
        var corners: [SaddleCorner] = []
        for candidate in found {
            let position = refine(candidate, smooth)
            if let corner = ringCheck(position, image) { corners.append(corner) }
        }
        return corners
    }

    /// Local maxima of the saddle strength Ixy² - Ixx Iyy, strongest first.
    private func candidates(_ image: GrayImage) -> [SIMD2<Int>] {
        let (width, height) = (image.width, image.height)
        let border = separation + 2
        guard width > 2 * border, height > 2 * border else { return [] }
        var strength = [Float](repeating: 0, count: width * height)
        image.values.withUnsafeBufferPointer { v in
            for y in 1..<height - 1 {
                for x in 1..<width - 1 {
                    let i = y * width + x
                    let xx = v[i - 1] - 2 * v[i] + v[i + 1]
                    let yy = v[i - width] - 2 * v[i] + v[i + width]
                    let xy = (v[i - width - 1] - v[i - width + 1] - v[i + width - 1] + v[i + width + 1]) / 4
                    strength[i] = xy * xy - xx * yy
                }
            }
        }
        // A saddle of the least contrast, smoothed: the mixed derivative is about contrast / (2 pi sigma^2).
        let derivative = Float(leastContrast) / (2 * .pi * sigma * sigma) * 0.6
        let threshold = derivative * derivative
        var found: [(strength: Float, place: SIMD2<Int>)] = []
        strength.withUnsafeBufferPointer { s in
            for y in border..<height - border {
                for x in border..<width - border where s[y * width + x] > threshold {
                    let value = s[y * width + x]
                    var isLargest = true
                    search: for offsetY in -separation...separation {
                        for offsetX in -separation...separation {
                            let other = s[(y + offsetY) * width + x + offsetX]
                            if other > value || (other == value && (offsetY, offsetX) < (0, 0)) {
                                isLargest = false
                                break search
                            }
                        }
                    }
                    if isLargest { found.append((value, SIMD2(x, y))) }
                }
            }
        }
        found.sort { $0.strength > $1.strength }
        return found.prefix(Self.candidateLimit).map(\.place)
    }

    /// The saddle point of the quadratic through a pixel's neighbourhood.
    private func refine(_ place: SIMD2<Int>, _ image: GrayImage) -> SIMD2<Double> {
        let i = place.y * image.width + place.x
        let (v, width) = (image.values, image.width)
        let x = Double(v[i + 1] - v[i - 1]) / 2
        let y = Double(v[i + width] - v[i - width]) / 2
        let xx = Double(v[i - 1] - 2 * v[i] + v[i + 1])
        let yy = Double(v[i - width] - 2 * v[i] + v[i + width])
        let xy = Double(v[i - width - 1] - v[i - width + 1] - v[i + width - 1] + v[i + width + 1]) / 4
        let determinant = xx * yy - xy * xy
        let shift = SIMD2(-(yy * x - xy * y) / determinant, -(xx * y - xy * x) / determinant)
        let start = SIMD2(Double(place.x), Double(place.y))
        return determinant < 0 && shift.length < 2 ? start + shift : start
    }

    /// Looks around a point: four changes between dark and bright, opposite arcs of like length, on every radius.
    func ringCheck(_ position: SIMD2<Double>, _ image: GrayImage) -> SaddleCorner? {
        var corner: SaddleCorner?
        for radius in radii {
            guard let ring = ring(position, radius: radius, image) else { return nil }
            if let before = corner {
                // The same edges on both rings: a cross of edges goes on, a blob does not.
                guard let aligned = Self.align(ring, with: before) else { return nil }
                corner = aligned
            } else {
                corner = ring
            }
        }
        return corner
    }

    /// The second ring's edges in the order of the first's, when each lies near its counterpart.
    private static func align(_ ring: SaddleCorner, with before: SaddleCorner) -> SaddleCorner? {
        for shift in 0..<4 {
            let edges = (0..<4).map { ring.edges[($0 + shift) % 4] }
            let isNear = zip(edges, before.edges).allSatisfy { Self.angleBetween($0, $1).magnitude < 0.6 }
            let brightens = ring.brightens(shift)
            if isNear, brightens == before.firstEdgeBrightens {
                return SaddleCorner(
                    position: before.position, edges: edges, firstEdgeBrightens: brightens,
                    contrast: min(before.contrast, ring.contrast))
            }
        }
        return nil
    }

    private func ring(_ position: SIMD2<Double>, radius: Double, _ image: GrayImage) -> SaddleCorner? {
        let count = 32
        var samples = [Double](repeating: 0, count: count)
        for index in 0..<count {
            let angle = 2 * .pi * Double(index) / Double(count)
            samples[index] = Double(
                image.sample(position.x + radius * cos(angle), position.y + radius * sin(angle)))
        }
        let sorted = samples.sorted()
        // Robust extremes: the third from either end.
        let (dark, bright) = (sorted[3], sorted[count - 4])
        let contrast = bright - dark
        guard contrast >= leastContrast else { return nil }
        let middle = (bright + dark) / 2
        var edges: [Double] = []
        var firstBrightens = false
        for index in 0..<count {
            let (here, next) = (samples[index], samples[(index + 1) % count])
            guard (here > middle) != (next > middle) else { continue }
            if edges.isEmpty { firstBrightens = next > here }
            let share = (middle - here) / (next - here)
            edges.append(2 * .pi * (Double(index) + share) / Double(count))
        }
        guard edges.count == 4 else { return nil }
        let arcs = (0..<4).map { edge -> Double in
            let arc = edges[(edge + 1) % 4] - edges[edge]
            return arc < 0 ? arc + 2 * .pi : arc
        }
        // Perspective makes neighbouring arcs unequal, opposite ones stay alike.
        guard (arcs[0] - arcs[2]).magnitude < 0.7, (arcs[1] - arcs[3]).magnitude < 0.7, (arcs.min() ?? 0) > 0.25 else {
            return nil
        }
        return SaddleCorner(position: position, edges: edges, firstEdgeBrightens: firstBrightens, contrast: contrast)
    }

    /// The difference of two angles, within half a turn.
    static func angleBetween(_ first: Double, _ second: Double) -> Double {
        remainder(first - second, 2 * .pi)
    }
}
