import Calibration
import Glibc

/// Turns the lane lines of masks into boundaries on the ground that stay the same from frame to frame.
///
/// Lines are brought to the ground with the camera's pitch of that frame. A line near a known boundary joins it, so that
/// dashes make one boundary; points that lie off count less (Tukey's weights). What a boundary knows fades with time, not
/// with frames.
///
/// Allocates nothing after its creation.
public struct LaneEstimator: ~Copyable {
    struct GroundPoint: BitwiseCopyable {
        var forward: Double
        var left: Double
        /// Standard deviation of `left`.
        var deviation: Double
    }

    public let options: LaneOptions
    let boundaries: UnsafeMutablePointer<LaneBoundary>
    public internal(set) var count = 0
    let line: UnsafeMutablePointer<GroundPoint>
    var lineCount = 0
    static var lineCapacity: Int { 256 }

    /// Straight fits of the newest frame's markings that belong to the own lane's boundaries: they tell the pitch.
    var leftNow = QuadraticFit()
    var rightNow = QuadraticFit()

    private var time: Int64?

    /// The width of the vehicle's own lane, metres; nil when its boundaries are not both known.
    public private(set) var laneWidth: Double?

    /// How far the vehicle's axis is left of its lane's middle, metres.
    public private(set) var lateralOffset: Double?

    public init(options: LaneOptions = .init()) {
        self.options = options
        boundaries = .allocate(capacity: options.maximumBoundaries)
        line = .allocate(capacity: Self.lineCapacity)
    }

    deinit {
        boundaries.deallocate()
        line.deallocate()
    }

    /// - Precondition: `index` lies in `0..<count`.
    public subscript(index: Int) -> LaneBoundary {
        precondition(index >= 0 && index < count, "no lane boundary \(index) among \(count)")
        return boundaries[index]
    }

    /// Takes the lane lines of one frame. Boundaries are then in order from left to right.
    ///
    /// - Parameters:
    ///   - plane: the ground as the camera saw it on this frame.
    ///   - time: when the frame was captured, nanoseconds.
    public mutating func update(_ scene: borrowing RoadScene, plane: GroundPlane, time: Int64) {
        if let last = self.time, time < last { count = 0 }
        let seconds = self.time.map { Double(max(time - $0, 0)) * 1e-9 } ?? 0
        self.time = time
        let kept = exp(-seconds / options.memory)
        for index in 0..<count {
            boundaries[index].fit.fade(by: kept)
            boundaries[index].lengthNow = 0
        }
        leftNow = QuadraticFit()
        rightNow = QuadraticFit()
        scene.withLanes { lanes, points in
            for lane in lanes { take(lane, points, plane, time: time) }
        }
        finish(time: time, kept: kept)
        sort()
        nameSides()
    }

    private mutating func take(
        _ lane: RoadScene.Lane, _ points: UnsafeBufferPointer<RoadScene.Point>, _ plane: GroundPlane, time: Int64
    ) {
        lineCount = 0
        for index in lane.firstPoint..<(lane.firstPoint + lane.pointCount) where lineCount < Self.lineCapacity {
            guard let point = Self.ground(points[index], plane), point.forward >= options.nearest,
                point.forward <= options.farthest
            else { continue }
            (line + lineCount).initialize(to: point)
            lineCount += 1
        }
        guard lineCount >= 2 else { return }
        let from = line[0].forward
        let to = line[lineCount - 1].forward
        guard to - from >= 1 else { return }
        if let index = nearestBoundary() {
            join(index, from: from, to: to, time: time)
        } else if to - from >= 3, count < options.maximumBoundaries {
            begin(from: from, to: to, time: time)
        }
    }

    /// A picture's point on the ground, in vehicle axes.
    static func ground(_ point: RoadScene.Point, _ plane: GroundPlane) -> GroundPoint? {
        guard let ray = plane.direction(of: SIMD2(Double(point.x) - 0.5, Double(point.y) - 0.5)), ray.z < -0.01 else {
            return nil
        }
        let scale = plane.mounting.heightMetres / -ray.z
        let forward = ray.x * scale
        // Two pixels of the mask, and paint that is ten centimetres wide.
        let deviation = 0.06 + 3 * forward / plane.model.fx
        return GroundPoint(
            forward: forward + plane.mounting.xMetres, left: ray.y * scale + plane.mounting.yMetres,
            deviation: deviation)
    }

    // MARK: - Lines and boundaries

    /// The boundary that the line lies on.
    private func nearestBoundary() -> Int? {
        var best: (index: Int, distance: Double)?
        for index in 0..<count {
            var sum = 0.0
            for place in 0..<lineCount {
                let point = line[place]
                // Beyond what is known of it, a boundary may bend away.
                let beyond = max(point.forward - boundaries[index].forwardTo, 0)
                sum += max(abs(point.left - boundaries[index].left(at: point.forward)) - 0.03 * beyond, 0)
            }
            let distance = sum / Double(lineCount)
            if distance < options.reach, distance < best?.distance ?? .infinity { best = (index, distance) }
        }
        return best?.index
    }

    private mutating func join(_ index: Int, from: Double, to: Double, time: Int64) {
        var boundary = boundaries[index]
        let side = boundary.side
        for place in 0..<lineCount {
            let point = line[place]
            let spread = 2.5 * (point.deviation + 0.1)
            let share = (point.left - boundary.left(at: point.forward)) / spread
            let tukey = abs(share) < 1 ? (1 - share * share) * (1 - share * share) : 0
            let weight = max(tukey, 0.02) / (point.deviation * point.deviation)
            boundary.fit.add(x: point.forward, y: point.left, weight: weight)
            guard point.forward < 30 else { continue }
            if side == .egoLeft { leftNow.add(x: point.forward, y: point.left, weight: weight) }
            if side == .egoRight { rightNow.add(x: point.forward, y: point.left, weight: weight) }
        }
        boundary.lengthNow += to - from
        boundary.forwardFrom = boundary.lastSeen == time ? min(boundary.forwardFrom, from) : from
        boundary.forwardTo =
            boundary.lastSeen == time ? max(boundary.forwardTo, to) : max(to, boundary.forwardTo * 0.9)
        boundary.lastSeen = time
        boundaries[index] = boundary
        solve(index)
    }

    private mutating func begin(from: Double, to: Double, time: Int64) {
        var boundary = LaneBoundary(from: from, to: to, time: time)
        for place in 0..<lineCount {
            let point = line[place]
            boundary.fit.add(x: point.forward, y: point.left, weight: 1 / (point.deviation * point.deviation))
        }
        boundary.lengthNow = to - from
        (boundaries + count).initialize(to: boundary)
        count += 1
        solve(count - 1)
    }

    /// Half a metre per metre is a sharp corner; 0.01 bends with a radius of 50 m.
    private func solve(_ index: Int) {
        if let solved = boundaries[index].fit.solve(slopeDeviation: 0.3, bendDeviation: 0.004) {
            boundaries[index].coefficients = solved
        }
    }

    // MARK: - The end of a frame

    /// Ends boundaries that no longer show or that have become another's double, and says how sure the others are.
    private mutating func finish(time: Int64, kept: Double) {
        var remaining = 0
        for index in 0..<count {
            var boundary = boundaries[index]
            let unseen = Double(time - boundary.lastSeen) * 1e-9
            boundary.shownLength = boundary.shownLength * kept + boundary.lengthNow * (1 - kept)
            if boundary.firstSeen == time { boundary.shownLength = boundary.lengthNow / 2 }
            guard unseen <= options.patience, !isDouble(boundary, among: remaining) else { continue }
            let shown = boundary.shownLength / (boundary.shownLength + 5)
            boundary.confidence = Float(shown * exp(-unseen / options.patience))
            boundaries[remaining] = boundary
            remaining += 1
        }
        count = remaining
    }

    /// Whether the boundary runs along one of the first `others`.
    private func isDouble(_ boundary: LaneBoundary, among others: Int) -> Bool {
        for index in 0..<others {
            let other = boundaries[index]
            let from = max(other.forwardFrom, boundary.forwardFrom, options.nearest)
            let to = max(min(other.forwardTo, boundary.forwardTo), from)
            if abs(other.left(at: from) - boundary.left(at: from)) < 0.7,
                abs(other.left(at: to) - boundary.left(at: to)) < 0.7
            {
                return true
            }
        }
        return false
    }

    /// From left to right, by insertion: there are few.
    private mutating func sort() {
        guard count > 1 else { return }
        for index in 1..<count {
            let boundary = boundaries[index]
            var place = index
            while place > 0,
                boundaries[place - 1].left(at: options.reference) < boundary.left(at: options.reference)
            {
                boundaries[place] = boundaries[place - 1]
                place -= 1
            }
            boundaries[place] = boundary
        }
    }

    /// The own lane lies between the nearest boundaries on both sides.
    private mutating func nameSides() {
        var left: Int?
        var right: Int?
        for index in 0..<count {
            let place = boundaries[index].left(at: options.reference)
            boundaries[index].side = place > 0 ? .left : .right
            guard boundaries[index].confidence > 0.1 else { continue }
            if place > 0.3 { left = index }
            if place < -0.3, right == nil { right = index }
        }
        laneWidth = nil
        lateralOffset = nil
        // A line that is farther off than a lane is wide bounds another lane.
        if let left, boundaries[left].left(at: options.reference) < options.laneWidths.upperBound {
            boundaries[left].side = .egoLeft
        }
        if let right, boundaries[right].left(at: options.reference) > -options.laneWidths.upperBound {
            boundaries[right].side = .egoRight
        }
        guard let left, let right else { return }
        let (a, b) = (boundaries[left], boundaries[right])
        let slope = (a.slope(at: options.reference) + b.slope(at: options.reference)) / 2
        let width = (a.left(at: options.reference) - b.left(at: options.reference)) / (1 + slope * slope).squareRoot()
        guard options.laneWidths.contains(width) else { return }
        laneWidth = width
        // Where the axis is now, not where it will be at the reference.
        lateralOffset = -(a.left(at: 0) + b.left(at: 0)) / 2
    }

    /// What the pitch of the plane that was used is wrong by, degrees, positive when the camera looks further down than
    /// assumed: the own lane's boundaries must be parallel. With its standard deviation; nil when they do not show enough.
    ///
    /// A camera that looks further down sees the lane's sides part with distance, by lane width over camera height.
    public func pitchError(cameraHeight: Double) -> (degrees: Double, deviation: Double)? {
        guard let laneWidth, let left = leftNow.solve(slopeDeviation: 0.3, bendDeviation: 0.001),
            let right = rightNow.solve(slopeDeviation: 0.3, bendDeviation: 0.001)
        else { return nil }
        for index in 0..<count where boundaries[index].side == .egoLeft || boundaries[index].side == .egoRight {
            guard boundaries[index].lengthNow > 6 else { return nil }
        }
        let middle = 12.0
        let parting = (left.y + 2 * middle * left.z) - (right.y + 2 * middle * right.z)
        let error = parting * cameraHeight / laneWidth
        guard abs(error) < 0.06 else { return nil }
        return (error / radiansPerDegree, 0.35)
    }
}
