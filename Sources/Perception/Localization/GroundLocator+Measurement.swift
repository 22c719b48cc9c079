import Calibration
import Glibc

extension GroundLocator {
    /// A box's edges as slopes of rays in vehicle axes, the camera in its mounting: down or left per forward. Nil where an
    /// edge is not to be used.
    private struct Slopes {
        var bottom: Double?
        var top: Double?
        var left: Double?
        var right: Double?
        var center: Double?
        /// Variances of the vertical and of the horizontal edges.
        var verticalVariance = 0.0
        var horizontalVariance = 0.0
    }

    private static var gate: Double { 3 }

    mutating func measure(_ trackID: UInt64, _ kind: RoadUser, _ box: BoundingBox, _ edges: VisibleEdges) {
        let slopes = slopes(box, edges)
        var block = block(of: trackID)
        // What was taken for something else, or contradicts all that is measured, is looked at afresh.
        if let known = block, objects[known].kind != kind || objects[known].contradicted > Self.patience {
            remove(known)
            block = nil
        }
        if block == nil { block = begin(trackID, kind, slopes) }
        guard let block else { return }
        let isNew = objects[block].isNew
        objects[block].isNew = false
        // Errors last: many frames within their memory count as one.
        let repetition = isNew || step <= 0 ? 1 : max(1, 2 * options.edgeMemory / step)
        let uneven = squared(options.unevennessDegrees * radiansPerDegree)
        let vertical = slopes.verticalVariance * repetition + uneven
        let horizontal = slopes.horizontalVariance * repetition
        let gate = isNew ? Double.infinity : Self.gate
        var fits = true
        if let slope = slopes.bottom { fits = measureBottom(block, slope, vertical, gate) && fits }
        // Where the roof is as high as the camera, its edge says nothing of the distance: it only counts beside the foot.
        if let slope = slopes.top, slopes.bottom != nil || kind.height > 2 {
            fits = measureTop(block, slope, vertical, gate) && fits
        }
        if let slope = slopes.left { fits = measureSide(block, slope, 1, horizontal, gate) && fits }
        if let slope = slopes.right { fits = measureSide(block, slope, -1, horizontal, gate) && fits }
        objects[block].contradicted = fits ? 0 : objects[block].contradicted + step
        keepSane(block)
    }

    /// Seconds of edges that are left out because they contradict, after which the object is begun anew.
    private static var patience: Double { 0.4 }

    private func slopes(_ box: BoundingBox, _ edges: VisibleEdges) -> Slopes {
        var slopes = Slopes()
        func direction(_ x: Float, _ y: Float) -> (down: Double, left: Double)? {
            // Boxes count from a pixel's edge, the camera model from its centre.
            guard let ray = plane.direction(of: SIMD2(Double(x) - 0.5, Double(y) - 0.5)), ray.x > 0.05 else {
                return nil
            }
            return (-ray.z / ray.x, ray.y / ray.x)
        }
        if edges.bottom { slopes.bottom = direction(box.centerX, box.y2)?.down }
        if edges.top { slopes.top = direction(box.centerX, box.y1)?.down }
        if edges.left { slopes.left = direction(box.x1, box.centerY)?.left }
        if edges.right { slopes.right = direction(box.x2, box.centerY)?.left }
        slopes.center = direction(box.centerX, box.centerY)?.left
        let vertical = (options.edgePixels + options.edgeShare * Double(box.height)) / plane.model.fy
        let horizontal = (options.edgePixels + options.edgeShare * Double(box.width)) / plane.model.fx
        slopes.verticalVariance = squared(vertical)
        slopes.horizontalVariance = squared(horizontal)
        return slopes
    }

    // MARK: - The first sight

    /// Begins an object at the distance that its surest edges say; nil when there is no room or nothing says any.
    private mutating func begin(_ trackID: UInt64, _ kind: RoadUser, _ slopes: Slopes) -> Int? {
        guard filter.blockCount < filter.blockCapacity, let center = slopes.center,
            let distance = firstDistance(kind, slopes)
        else { return nil }
        let block = filter.addBlock { part in
            switch part {
            case Part.logDistance, Part.bearing: 1
            case Part.velocityForward: squared(kind.sideViewWidth.isFinite ? 25 : 12)
            case Part.velocityLeft: squared(kind.sideViewWidth.isFinite ? 4 : 1.5)
            case Part.logHeight: squared(kind.heightSpread)
            case Part.elevation: squared(kind.elevationDeviation)
            default: squared(kind.widthSpread)
            }
        }
        let state = filter.state + filter.base(block)
        state[Part.logDistance] = log(distance)
        state[Part.bearing] = center
        state[Part.velocityForward] = 0
        state[Part.velocityLeft] = 0
        state[Part.logHeight] = log(kind.height)
        state[Part.logWidth] = log(kind.width)
        state[Part.elevation] = kind.elevation
        (objects + block).initialize(to: Object(trackID: trackID, kind: kind))
        return block
    }

    /// Where to begin: the mean of what foot, height and width say, by how sure each is. The update that follows turns this
    /// starting point into an estimate; the nearer it is, the less a linear filter errs.
    private func firstDistance(_ kind: RoadUser, _ slopes: Slopes) -> Double? {
        let height = plane.mounting.heightMetres + filter.state[Shared.height] - kind.elevation
        let pitch = filter.state[Shared.mountingPitch] + filter.state[Shared.nodding]
        var weights = 0.0
        var sum = 0.0
        func consider(_ distance: Double, _ spread: Double) {
            guard distance > Self.nearest, distance < 500, spread < 1 else { return }
            weights += 1 / squared(spread)
            sum += log(distance) / squared(spread)
        }
        if let bottom = slopes.bottom {
            let slope = bottom + pitch
            if slope > 1e-4 {
                let pitchVariance = filter.covariance(0, 0) + filter.covariance(1, 1) + 2 * filter.covariance(0, 1)
                let elevated = kind.elevationDeviation / height * slope
                consider(
                    height / slope,
                    (pitchVariance + slopes.verticalVariance + squared(elevated)).squareRoot() / slope)
            }
            if let top = slopes.top, bottom > top {
                let extent = bottom - top
                consider(kind.height / extent, kind.heightSpread + slopes.verticalVariance.squareRoot() / extent)
            }
        }
        if let left = slopes.left, let right = slopes.right, left > right {
            consider(kind.width / (left - right), kind.widthSpread)
        }
        return weights > 0 ? exp(sum / weights) : nil
    }

    // MARK: - Edges

    /// The lower edge: height of the camera over distance, and the pitch.
    private mutating func measureBottom(
        _ block: Int, _ slope: Double, _ variance: Double, _ gate: Double
    ) -> Bool {
        let base = filter.base(block)
        let inverse = exp(-filter.state[base + Part.logDistance])
        let height =
            plane.mounting.heightMetres + filter.state[Shared.height] - filter.state[base + Part.elevation]
        let turning = 1 + slope * slope
        var row = JointFilter.Row()
        row.add(Shared.mountingPitch, -turning)
        row.add(Shared.nodding, -turning)
        row.add(Shared.height, inverse)
        row.add(base + Part.elevation, -inverse)
        row.add(base + Part.logDistance, -height * inverse)
        let pitch = filter.state[Shared.mountingPitch] + filter.state[Shared.nodding]
        return filter.update(
            row, surprise: slope - (height * inverse - pitch * turning), variance: variance, gate: gate)
    }

    /// The upper edge: what the camera stands higher than the object, over the distance of the roof.
    private mutating func measureTop(
        _ block: Int, _ slope: Double, _ variance: Double, _ gate: Double
    ) -> Bool {
        let base = filter.base(block)
        let distance = exp(filter.state[base + Part.logDistance])
        let roof = distance + objects[block].kind.roofSetback
        let objectHeight = exp(filter.state[base + Part.logHeight])
        let above =
            plane.mounting.heightMetres + filter.state[Shared.height] - filter.state[base + Part.elevation]
            - objectHeight
        let turning = 1 + slope * slope
        var row = JointFilter.Row()
        row.add(Shared.mountingPitch, -turning)
        row.add(Shared.nodding, -turning)
        row.add(Shared.height, 1 / roof)
        row.add(base + Part.elevation, -1 / roof)
        row.add(base + Part.logDistance, -above * distance / (roof * roof))
        row.add(base + Part.logHeight, -objectHeight / roof)
        let pitch = filter.state[Shared.mountingPitch] + filter.state[Shared.nodding]
        return filter.update(
            row, surprise: slope - (above / roof - pitch * turning), variance: variance, gate: gate)
    }

    /// The left (`side` 1) or right (`side` -1) edge.
    private mutating func measureSide(
        _ block: Int, _ slope: Double, _ side: Double, _ variance: Double, _ gate: Double
    ) -> Bool {
        let base = filter.base(block)
        let half = side * exp(filter.state[base + Part.logWidth] - filter.state[base + Part.logDistance]) / 2
        var row = JointFilter.Row()
        row.add(base + Part.bearing, 1)
        row.add(base + Part.logDistance, -half)
        row.add(base + Part.logWidth, half)
        return filter.update(
            row, surprise: slope - (filter.state[base + Part.bearing] + half), variance: variance, gate: gate)
    }

    /// Keeps an object that has gone astray within what can be.
    private mutating func keepSane(_ block: Int) {
        let state = filter.state + filter.base(block)
        let kind = objects[block].kind
        state[Part.logDistance] = min(max(state[Part.logDistance], log(Self.nearest)), log(500))
        state[Part.velocityForward] = min(max(state[Part.velocityForward], -90), 90)
        state[Part.velocityLeft] = min(max(state[Part.velocityLeft], -40), 40)
        state[Part.logHeight] = min(max(state[Part.logHeight], log(kind.height * 0.5)), log(kind.height * 2))
        state[Part.logWidth] = min(max(state[Part.logWidth], log(kind.width * 0.3)), log(kind.width * 6))
    }
}
