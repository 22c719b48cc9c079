/// Finds a patch of one small frame again in the next one.
struct PatchSearch {
    static let width = 16
    static let height = 10
    /// The farthest shift that is looked for, small pixels.
    static let reachX = 14
    static let reachY = 9
    /// Mean absolute gradient that a patch needs in each direction, or its place along an edge would be anybody's guess.
    private static let minimumTexture = 3
    /// A match must be this much better than the mean of all places.
    private static let distinctness: Float = 0.5

    let newest: UnsafeMutablePointer<UInt8>
    let last: UnsafeMutablePointer<UInt8>
    let rowStride: Int

    /// The shift of the patch of the last frame whose top left corner is (x, y), small pixels; nil without texture, or when
    /// several places look alike.
    ///
    /// - Precondition: the patch lies farther from the edges than the reach.
    func find(x: Int, y: Int) -> (x: Float, y: Float)? {
        let patch = last + (y * rowStride + x)
        guard hasTexture(patch) else { return nil }
        var least = Int32.max
        var best = (x: 0, y: 0)
        var sum = 0
        for dy in -Self.reachY...Self.reachY {
            for dx in -Self.reachX...Self.reachX {
                let difference = difference(patch, newest + ((y + dy) * rowStride + x + dx))
                sum += Int(difference)
                if difference < least {
                    least = difference
                    best = (dx, dy)
                }
            }
        }
        let places = (2 * Self.reachX + 1) * (2 * Self.reachY + 1)
        guard Float(least) < Self.distinctness * Float(sum) / Float(places), abs(best.x) < Self.reachX,
            abs(best.y) < Self.reachY
        else { return nil }
        let place = newest + ((y + best.y) * rowStride + x + best.x)
        return (
            Float(best.x) + vertex(difference(patch, place - 1), least, difference(patch, place + 1)),
            Float(best.y) + vertex(difference(patch, place - rowStride), least, difference(patch, place + rowStride))
        )
    }

    /// Sum of absolute differences over the patch.
    @inline(__always)
    private func difference(_ a: UnsafeMutablePointer<UInt8>, _ b: UnsafeMutablePointer<UInt8>) -> Int32 {
        var sums = SIMD16<UInt16>(repeating: 0)
        for row in 0..<Self.height {
            let first = UnsafeRawPointer(a + row &* rowStride).loadUnaligned(as: SIMD16<UInt8>.self)
            let second = UnsafeRawPointer(b + row &* rowStride).loadUnaligned(as: SIMD16<UInt8>.self)
            let larger = pointwiseMax(first, second)
            let smaller = pointwiseMin(first, second)
            sums &+= SIMD16<UInt16>(truncatingIfNeeded: larger &- smaller)
        }
        return Int32(sums.wrappedSum())
    }

    private func hasTexture(_ patch: UnsafeMutablePointer<UInt8>) -> Bool {
        var horizontal: Int32 = 0
        var vertical: Int32 = 0
        for row in 0..<Self.height {
            for column in 0..<Self.width {
                let pixel = patch + (row &* rowStride &+ column)
                horizontal += abs(Int32(pixel[1]) - Int32(pixel[0]))
                vertical += abs(Int32(pixel[rowStride]) - Int32(pixel[0]))
            }
        }
        let wanted = Int32(Self.minimumTexture * Self.width * Self.height)
        return horizontal > wanted && vertical > wanted
    }

    /// Where the lowest point of a valley with these three values lies, from the middle one; -0.5 to 0.5. Absolute
    /// differences make a valley with straight slopes, not a parabola.
    private func vertex(_ before: Int32, _ middle: Int32, _ after: Int32) -> Float {
        let steeper = max(before, after) - middle
        return steeper > 0 ? Float(before - after) / Float(2 * steeper) : 0
    }
}
