import Calibration
import Glibc

extension GroundLocator {
    /// Metres before the camera up to which nothing is told.
    private static var nearestTold: Double { 1.5 }

    /// Where a track's object is; nil for objects that do not stand on the road, and where it is not known well enough.
    public func location(ofTrack trackID: UInt64) -> GroundLocation? {
        guard let block = block(of: trackID) else { return nil }
        let base = filter.base(block)
        let state = filter.state + base
        let contact = exp(state[Part.logDistance])
        // What is beside the vehicle shows neither foot nor end.
        guard contact > Self.nearestTold else { return nil }
        let bearing = state[Part.bearing]
        let width = exp(state[Part.logWidth])
        let setback = objects[block].kind.setback(width: width)
        let mounting = plane.mounting
        let forward = max(contact - setback.metres, 0.2) + mounting.xMetres
        let left = contact * bearing + mounting.yMetres
        // The nearest point of what shows lies straight ahead, or at the side that is turned to us.
        let nearestLeft = left - min(max(left, -width / 2), width / 2)
        let distance = (forward * forward + nearestLeft * nearestLeft).squareRoot()
        let yaw = mounting.deviations.yawDegrees * radiansPerDegree
        let forwardVariance = squared(contact) * filter.covariance(base, base) + squared(setback.deviation)
        var leftRow = JointFilter.Row()
        leftRow.add(base + Part.logDistance, contact * bearing)
        leftRow.add(base + Part.bearing, contact)
        let leftVariance = filter.variance(leftRow) + squared(contact * yaw)
        let share = distance > 0 ? (forward: forward / distance, left: nearestLeft / distance) : (forward: 1, left: 0)
        let sideVariance = leftVariance + squared(width * 0.15)
        let distanceVariance = squared(share.forward) * forwardVariance + squared(share.left) * sideVariance
        let deviation = distanceVariance.squareRoot()
        guard distance <= options.farthest, deviation <= options.largestDeviationShare * max(distance, 2) else {
            return nil
        }
        let velocity = velocity(block, distance: contact, bearing: bearing)
        return GroundLocation(
            distance: Float(distance), distanceDeviation: Float(deviation), forward: Float(forward),
            forwardDeviation: Float(forwardVariance.squareRoot()), left: Float(left),
            leftDeviation: Float(leftVariance.squareRoot()),
            velocityForward: Float(velocity.forward.value),
            velocityForwardDeviation: Float(velocity.forward.deviation),
            velocityLeft: Float(velocity.left.value), velocityLeftDeviation: Float(velocity.left.deviation),
            width: Float(width))
    }

    private typealias Estimate = (value: Double, deviation: Double)

    /// How fast the object's place in vehicle axes changes: its velocity, and the axes' own turning.
    private func velocity(_ block: Int, distance: Double, bearing: Double) -> (forward: Estimate, left: Estimate) {
        let base = filter.base(block)
        let left = distance * bearing
        var forwardRow = JointFilter.Row()
        forwardRow.add(base + Part.velocityForward, 1)
        forwardRow.add(base + Part.logDistance, turning.rate * left)
        forwardRow.add(base + Part.bearing, turning.rate * distance)
        var leftRow = JointFilter.Row()
        leftRow.add(base + Part.velocityLeft, 1)
        leftRow.add(base + Part.logDistance, -turning.rate * distance)
        let state = filter.state + base
        return (
            (
                state[Part.velocityForward] + turning.rate * left,
                (filter.variance(forwardRow) + squared(left * turning.deviation)).squareRoot()
            ),
            (
                state[Part.velocityLeft] - turning.rate * distance,
                (filter.variance(leftRow) + squared(distance * turning.deviation)).squareRoot()
            )
        )
    }
}
