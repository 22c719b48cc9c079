/// Collects a frame's lane lines, point by point, and finds where they would meet if the road went on straight from where the
/// vehicle is: the direction of travel.
///
/// On a flat road of curvature c, a line shows as `x = x0 + s (y - y0) + C / (y - y0)` on the plane at distance one, with the same
/// meeting point (x0, y0) and the same C = c * height / 2 for all lines and a slope s of its own. Taking a gentle bend for
/// straight would turn the camera by half a degree.
///
/// Allocates nothing after its creation; ``reset(mounting:)`` makes it ready for the next frame.
///
///     var fit = VanishingPointFit(model: camera.model, mounting: camera.mounting)
///     for line in lines {
///         for point in line { fit.add(pixel) }
///         fit.endLine()
///     }
///     if let point = fit.solve() { online.observe(point, ...) }
///
/// Source of the model: A. Guiducci, "Parametric model of the perspective projection of a road with applications to lane
/// keeping and 3D road reconstruction", Computer Vision and Image Understanding 73 (3), 1999.
public struct VanishingPointFit: Sendable {
    /// Standard deviation of a lane point in pixels: masks have coarse borders and paint has a width.
    public static let pointDeviation = 2.0
    /// Points of a line are not independent; more than this many count as this many.
    static let independentPoints = 12.0
    /// Shorter lines, as a share of the focal length, tell no direction.
    private static let leastExtent = 0.04
    /// Rows nearer to the horizon, as a share of the focal length, are not looked at.
    static let leastRow = 0.015
    /// Standard deviation of a road's curvature, 1 / metres: most are straighter than a radius of 500 m.
    private static let curvatureDeviation = 0.002
    /// Standard deviations by which a line may miss the point where at least three others meet.
    private static let gate = 4.0
    private static let greatestLineCount = 24
    private static let greatestPointCount = 2048
    private static let rounds = 4
    /// How often a line that turns a corner is shortened.
    private static let cuts = 3

    private let model: CameraModel
    /// The row, on the plane at distance one, where the lines are expected to meet.
    private var expectedRow: Double
    /// Metres.
    private var height: Double
    private let noise: Double
    private var points: [SIMD2<Double>] = []
    private var lines: [LaneLineFit] = []
    private var lineStart = 0

    /// - Parameter mounting: what is known so far; where to begin.
    public init(model: CameraModel, mounting: Mounting) {
        self.model = model
        expectedRow = Self.row(mounting)
        height = mounting.heightMetres
        noise = Self.pointDeviation / model.fx
        points.reserveCapacity(Self.greatestPointCount)
        lines.reserveCapacity(Self.greatestLineCount)
    }

    /// Forgets all lines.
    public mutating func reset(mounting: Mounting) {
        expectedRow = Self.row(mounting)
        height = mounting.heightMetres
        points.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
        lineStart = 0
    }

    private static func row(_ mounting: Mounting) -> Double {
        let forward = mounting.vehicleFromCamera.transposed * SIMD3(1, 0, 0)
        return forward.z > 0.1 ? forward.y / forward.z : 0
    }

    /// Adds a point of the current line; centre-based pixels, see ``CameraModel``.
    public mutating func add(_ pixel: SIMD2<Double>) {
        guard points.count < Self.greatestPointCount, let ray = model.unproject(pixel), ray.z > 0.1 else { return }
        points.append(SIMD2(ray.x, ray.y) / ray.z)
    }

    /// Ends the current line; the next point begins another.
    public mutating func endLine() {
        let range = lineStart..<points.count
        lineStart = points.count
        guard lines.count < Self.greatestLineCount, range.count >= 4 else { return }
        var (lowest, highest) = (Double.infinity, -Double.infinity)
        for index in range { (lowest, highest) = (min(lowest, points[index].y), max(highest, points[index].y)) }
        guard highest - lowest >= Self.leastExtent else { return }
        lines.append(LaneLineFit(range: range))
    }

    /// The point where the lines meet. Lines that miss the point where at least three others meet are left out one by one:
    /// kerbs, arrows, zebra crossings.
    ///
    /// - Returns: nil for fewer than two lines, or lines that hardly differ in direction.
    public mutating func solve() -> VanishingPoint? {
        var horizon = expectedRow
        var result: VanishingPoint?
        for _ in 0..<Self.rounds {
            guard let found = solve(horizon: horizon) else { return nil }
            result = found
            let change = found.direction.y - horizon
            // The curved part of the model depends on where the horizon is.
            horizon += min(max(change, -0.05), 0.05)
            if change.magnitude < 1e-5 { break }
        }
        return result
    }

    private mutating func solve(horizon: Double) -> VanishingPoint? {
        let (noise, bend) = (noise, expectedBend)
        for index in lines.indices {
            lines[index].fit(points, horizon: horizon)
            // Lines are read from the vehicle outwards: behind a crossing, one may go on along the other line.
            for _ in 0..<Self.cuts where lines[index].isDetermined {
                if lines[index].isPlausible(noise: noise, bend: bend) { break }
                lines[index].dropFarQuarter()
                lines[index].fit(points, horizon: horizon)
            }
        }
        lines.removeAll { !$0.isDetermined || !$0.isPlausible(noise: noise, bend: bend) }
        while true {
            let curvature = curvature
            for index in lines.indices { lines[index].weigh(curvature: curvature.value, noise: noise) }
            guard let meeting = meetingPoint() else { return nil }
            guard lines.count > 3, let worst = worstLine(meeting) else {
                return point(meeting, curvature, horizon: horizon)
            }
            lines.remove(at: worst)
        }
    }

    // MARK: - Curvature

    /// Standard deviation of the model's C on roads.
    private var expectedBend: Double { Self.curvatureDeviation * height / 2 }

    /// The C of the model that all lines together show, drawn to zero where they show little, and its standard deviation.
    private var curvature: (value: Double, deviation: Double) {
        var (sum, weight) = (0.0, 1 / (expectedBend * expectedBend))
        for line in lines {
            let share = line.share / (noise * noise)
            sum += share * line.bendProduct
            weight += share * line.bendSquare
        }
        return (sum / weight, (1 / weight).squareRoot())
    }

    // MARK: - Meeting

    private struct Meeting {
        var x: Double
        /// From the horizon that the lines were fitted with.
        var row: Double
        var deviation: SIMD2<Double>
    }

    /// Least squares of all lines for x - slope * row = base.
    private func meetingPoint() -> Meeting? {
        var normal = (xx: 0.0, xy: 0.0, yy: 0.0)
        var right = (x: 0.0, y: 0.0)
        for line in lines {
            normal.xx += line.weight
            normal.xy -= line.weight * line.slope
            normal.yy += line.weight * line.slope * line.slope
            right.x += line.weight * line.base
            right.y -= line.weight * line.slope * line.base
        }
        let determinant = normal.xx * normal.yy - normal.xy * normal.xy
        guard lines.count >= 2, determinant > 1e-6 * normal.xx * normal.yy, normal.xx > 0 else { return nil }
        return Meeting(
            x: (normal.yy * right.x - normal.xy * right.y) / determinant,
            row: (normal.xx * right.y - normal.xy * right.x) / determinant,
            deviation: SIMD2((normal.yy / determinant).squareRoot(), (normal.xx / determinant).squareRoot()))
    }

    /// The line that misses the point by most; nil when none misses it by too much.
    private func worstLine(_ meeting: Meeting) -> Int? {
        var worst: (index: Int, square: Double)?
        for index in lines.indices {
            let square = lines[index].squaredMiss(meeting.x, meeting.row)
            if square > worst?.square ?? (Self.gate * Self.gate) { worst = (index, square) }
        }
        return worst?.index
    }

    private mutating func point(
        _ meeting: Meeting, _ curvature: (value: Double, deviation: Double), horizon: Double
    ) -> VanishingPoint {
        var squares = 0.0
        var bends = (square: 0.0, count: 0.0)
        for line in lines {
            squares += line.squaredMiss(meeting.x, meeting.row)
            bends.square += line.bendSquare
            bends.count += line.count
        }
        // What the curvature's uncertainty moves the meeting point by: all lines at once, so it does not average out.
        for index in lines.indices {
            lines[index].weigh(curvature: curvature.value + curvature.deviation, noise: noise)
        }
        let moved = meetingPoint().map { SIMD2($0.x - meeting.x, $0.row - meeting.row) } ?? SIMD2(0, 0)
        let variance = meeting.deviation * meeting.deviation + moved * moved
        return VanishingPoint(
            direction: SIMD3(meeting.x, meeting.row + horizon, 1),
            deviation: SIMD2(variance.x.squareRoot(), variance.y.squareRoot()), lineCount: lines.count,
            disagreement: lines.count > 2 ? squares / Double(lines.count - 2) : 0,
            bend: 2 * curvature.value.magnitude * (bends.square / max(bends.count, 1)).squareRoot() / noise,
            curvature: -2 * curvature.value / height)
    }
}
