import Calibration
import Glibc

extension GroundLocator {
    /// How much longer a nodding lasts where the picture's motion says how it changes.
    private static var watchedNoddingMemory: Double { 10 }

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

    /// Moves an object on: it keeps its velocity, and its bearing changes as the camera pans.
    mutating func predict(_ block: Int, _ shift: CameraShift) {
        guard step > 0 else { return }
        let kind = objects[block].kind
        let state = filter.state + filter.base(block)
        let distance = exp(state[Part.logDistance])
        let bearing = state[Part.bearing]
        let moved = max(distance + state[Part.velocityForward] * step, Self.nearest)
        let left = bearing * distance + state[Part.velocityLeft] * step
        let ratio = distance / moved
        let movedBearing = left / moved
        filter.transition(
            block,
            rows: (
                SIMD4(ratio, 0, step / moved, 0),
                SIMD4(ratio * (bearing - movedBearing), ratio, -movedBearing * step / moved, step / moved),
                SIMD4(0, 0, 1, 0), SIMD4(0, 0, 0, 1)
            ))
        state[Part.logDistance] = log(moved)
        let panning = Double(shift.x) / plane.model.fx
        state[Part.bearing] = movedBearing - panning
        let base = filter.base(block)
        if let deviation = shift.deviation {
            filter.addNoise(
                base + Part.bearing, base + Part.bearing, squared(Double(deviation) / plane.model.fx))
        }
        addWander(base + Part.logDistance, base + Part.velocityForward, kind.accelerationForward, 1 / moved)
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
