import CKernels

/// Finds a patch of one small frame again in the next one.
struct PatchSearch {
    static let width = SIGHTLINE_PATCH_WIDTH
    static let height = SIGHTLINE_PATCH_HEIGHT
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
    /// Room for ``placeCount`` differences.
    let differences: UnsafeMutablePointer<Int32>

    /// The shift of the patch of the last frame whose top left corner is (x, y), small pixels; nil without texture, or when
    /// several places look alike.
    ///
    /// - Precondition: the patch lies farther from the edges than the reach.
    func find(x: Int, y: Int) -> (x: Float, y: Float)? {
        let patch = last + (y * rowStride + x)
        guard hasTexture(patch) else { return nil }
        sightline_patch_differences(
            patch, newest + ((y - Self.reachY) * rowStride + x - Self.reachX), rowStride, Int32(Self.columns),
            Int32(Self.rows), differences)
        return best()
    }

    /// Places of the search.
    private static let columns = 2 * reachX + 1
    private static let rows = 2 * reachY + 1
    static let placeCount = columns * rows

    /// The shift of the place that differs least, between places.
    private func best() -> (x: Float, y: Float)? {
        let count = Self.placeCount
        var least = Int32.max
        var best = 0
        var sum = 0
        for place in 0..<count {
            sum += Int(differences[place])
            if differences[place] < least {
                least = differences[place]
                best = place
            }
        }
        let shift = (x: best % Self.columns - Self.reachX, y: best / Self.columns - Self.reachY)
        guard Float(least) < Self.distinctness * Float(sum) / Float(count), abs(shift.x) < Self.reachX,
            abs(shift.y) < Self.reachY
        else { return nil }
        let place = differences + best
        return (
            Float(shift.x) + vertex(place[-1], least, place[1]),
            Float(shift.y) + vertex(place[-Self.columns], least, place[Self.columns])
        )
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
