/// One line of a ``VanishingPointFit``: x = base + slope * row + C / row by least squares, for whatever C all lines share. Rows
/// count from the horizon.
struct LaneLineFit: Sendable {
    private var range: Range<Int>
    /// Points that count.
    private(set) var count = 0.0
    /// Of the straight line through the points, and of that through 1 / row at the same rows.
    private var straight = (base: 0.0, slope: 0.0)
    private var bent = (base: 0.0, slope: 0.0)
    private var meanRow = 0.0
    private var rowVariance = 0.0

    /// Sums over the points of what the straight lines leave: of 1 / row squared, and of its products with x.
    private(set) var bendSquare = 0.0
    private(set) var bendProduct = 0.0
    /// Sum of the squares of what the straight line leaves of x.
    private var straightSquare = 0.0

    /// With the curvature taken out: where the line stands at the horizon, its slope, and how much it counts there.
    private(set) var base = 0.0
    private(set) var slope = 0.0
    private(set) var weight = 0.0

    /// - Parameter range: of its points among those of all lines.
    init(range: Range<Int>) {
        self.range = range
    }

    /// Whether there were enough points at different rows.
    var isDetermined: Bool { count >= 4 && rowVariance > 1e-6 }

    /// How much of an independent point each point is.
    var share: Double { min(1, VanishingPointFit.independentPoints / max(count, 1)) }

    /// Fits the straight parts.
    mutating func fit(_ points: [SIMD2<Double>], horizon: Double) {
        // Means of x, row and 1 / row, then their products about the means.
        var sum = SIMD3(0.0, 0.0, 0.0)
        count = 0
        for index in range {
            guard let values = Self.values(points[index], horizon) else { continue }
            sum += values
            count += 1
        }
        guard count >= 4 else { return }
        let mean = sum / count
        var (xRow, rowRow, bendRow) = (0.0, 0.0, 0.0)
        var (bendBend, xBend, xx) = (0.0, 0.0, 0.0)
        for index in range {
            guard let values = Self.values(points[index], horizon) else { continue }
            let away = values - mean
            xRow += away.x * away.y
            rowRow += away.y * away.y
            bendRow += away.z * away.y
            bendBend += away.z * away.z
            xBend += away.x * away.z
            xx += away.x * away.x
        }
        meanRow = mean.y
        rowVariance = rowRow / count
        guard isDetermined else { return }
        straight.slope = xRow / rowRow
        straight.base = mean.x - straight.slope * mean.y
        bent.slope = bendRow / rowRow
        bent.base = mean.z - bent.slope * mean.y
        bendSquare = max(bendBend - bent.slope * bendRow, 0)
        bendProduct = xBend - straight.slope * bendRow
        straightSquare = max(xx - straight.slope * xRow, 0)
    }

    private static func values(_ point: SIMD2<Double>, _ horizon: Double) -> SIMD3<Double>? {
        let row = point.y - horizon
        return row > VanishingPointFit.leastRow ? SIMD3(point.x, row, 1 / row) : nil
    }

    /// Leaves out the far quarter of its points.
    mutating func dropFarQuarter() {
        range = range.lowerBound..<range.upperBound - max(1, range.count / 4)
    }

    /// Whether its points can be those of one lane line: they lie along the model, and do not bend more than a road that tells a
    /// direction. Where a stop line crosses a lane line, the mask's line turns a corner.
    ///
    /// - Parameters:
    ///   - noise: standard deviation of a point.
    ///   - bend: standard deviation of the model's C on roads.
    func isPlausible(noise: Double, bend: Double) -> Bool {
        let own = bendSquare > 0 ? bendProduct / bendSquare : 0
        let left = max(straightSquare - own * bendProduct, 0) / max(count - 3, 1)
        guard left <= Self.greatestResidual * Self.greatestResidual * noise * noise else { return false }
        let deviation = noise / (share * max(bendSquare, 1e-12)).squareRoot()
        return own.magnitude - 2 * deviation <= Self.greatestBend * bend
    }

    /// In standard deviations of a point, and of the bend of roads.
    private static let greatestResidual = 3.0
    private static let greatestBend = 4.0

    /// Takes out a curvature.
    mutating func weigh(curvature: Double, noise: Double) {
        base = straight.base - curvature * bent.base
        slope = straight.slope - curvature * bent.slope
        // How sure the line is where it should meet the others (row 0 here).
        let points = count * share
        let variance = noise * noise * (1 + slope * slope) * (1 + meanRow * meanRow / rowVariance) / points
        weight = 1 / variance
    }

    /// Square of the line's distance from a point in standard deviations.
    func squaredMiss(_ x: Double, _ row: Double) -> Double {
        let miss = x - slope * row - base
        return weight * miss * miss
    }
}
