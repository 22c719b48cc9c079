import Calibration
import Glibc

extension GroundLocator {
    /// How much longer a nodding lasts where the picture's motion says how it changes.
    private static var watchedNoddingMemory: Double { 25 }

    /// Metres a second squared by which a vehicle brakes that nods by a degree, about.
    private static var brakingPerDegree: Double { 2 }

    /// Springs pull the camera back; what the picture's motion shows is added.
    mutating func predictShared(_ shift: CameraShift) {
        let stationary = squared(options.noddingDegrees * radiansPerDegree)
        let focal = plane.model.fy
        guard let deviation = shift.deviation else {
            let kept = exp(-step / max(options.noddingMemory / 4, 1e-3))
            filter.scaleShared(Shared.nodding, by: kept, adding: stationary * (1 - kept * kept))
            return
        }
        let kept = exp(-step / Self.watchedNoddingMemory)
        filter.scaleShared(
            Shared.nodding, by: kept,
            adding: squared(Double(deviation) / focal) + stationary * (1 - kept * kept))
        // The distant picture moves up when the camera turns down.
        filter.state[Shared.nodding] -= Double(shift.y) / focal
    }

    /// How fast the vehicle turns, smoothed over a fifth of a second.
    mutating func noteTurning(_ shift: CameraShift) {
        guard step > 0, let deviation = shift.deviation else { return turning = (0, 0) }
        let focal = plane.model.fx
        let share = min(step / 0.2, 1)
        turning.rate += (Double(shift.x) / focal / step - turning.rate) * share
        turning.deviation = Double(deviation) / focal / step * share.squareRoot()
    }

    /// Moves an object on: its place turns as the axes turn with the vehicle. Its relative velocity stays as it is in these axes,
    /// which is right for what stands still and for what drives along the same bend.
    ///
    /// - Complexity: proportional to the number of quantities.
    mutating func predict(_ block: Int, _ shift: CameraShift) {
        guard step > 0 else { return }
        let kind = objects[block].kind
        let base = filter.base(block)
        let state = filter.state + base
        let distance = exp(state[Part.logDistance])
        let bearing = state[Part.bearing]
        let velocity = SIMD2(state[Part.velocityForward], state[Part.velocityLeft])
        // A turn to the left moves the picture to the right.
        let panned = atan(Double(shift.x) / plane.model.fx)
        let (c, s) = (cos(panned), sin(panned))
        let ahead = distance + velocity.x * step
        let aside = bearing * distance + velocity.y * step
        let moved = max(c * ahead + s * aside, Self.nearest)
        let movedBearing = (c * aside - s * ahead) / moved
        let perDistance = distance / moved
        let perSpeed = step / moved
        let forwardRow = SIMD4<Double>(perDistance * (c + s * bearing), perDistance * s, perSpeed * c, perSpeed * s)
        let leftRow = SIMD4<Double>(perDistance * (c * bearing - s), perDistance * c, -perSpeed * s, perSpeed * c)
        filter.transition(
            block,
            rows: (forwardRow, leftRow - movedBearing * forwardRow, SIMD4(0, 0, 1, 0), SIMD4(0, 0, 0, 1)))
        state[Part.logDistance] = log(moved)
        state[Part.bearing] = movedBearing
        if let deviation = shift.deviation {
            filter.addNoise(
                base + Part.bearing, base + Part.bearing, squared(Double(deviation) / plane.model.fx))
        }
        // All that is seen seems to brake or to drive off when the own vehicle does, and that shows in how it nods.
        let braking = Self.brakingPerDegree * filter.state[Shared.nodding] / radiansPerDegree
        let acceleration = (squared(kind.accelerationForward) + squared(braking)).squareRoot()
        addWander(base + Part.logDistance, base + Part.velocityForward, acceleration, 1 / moved)
        addWander(base + Part.bearing, base + Part.velocityLeft, kind.accelerationLeft, 1 / moved)
        filter.addNoise(base + Part.logHeight, base + Part.logHeight, squared(0.01) * step)
        filter.addNoise(base + Part.logWidth, base + Part.logWidth, squared(0.15) * step)
    }

    /// White noise of acceleration on a place and its velocity.
    private mutating func addWander(_ place: Int, _ velocity: Int, _ acceleration: Double, _ scale: Double) {
        let strength = squared(acceleration)
        filter.addNoise(place, place, strength * step * step * step / 3 * scale * scale)
        filter.addNoise(place, velocity, strength * step * step / 2 * scale)
        filter.addNoise(velocity, velocity, strength * step)
    }

    /// The least distance from the camera, metres.
    static var nearest: Double { 0.5 }
}
