import Foundation
import TestSupport
import Testing

@testable import Calibration

@Suite struct MotionObserverTests {
    /// A road between walls, all of it speckled, seen from a vehicle that drives straight on.
    private func picture(_ plane: GroundPlane, travelled: Double) -> GrayImage {
        let model = plane.model
        var values = [Float](repeating: 120, count: model.width * model.height)
        for y in 0..<model.height {
            for x in 0..<model.width {
                guard let ray = plane.direction(of: SIMD2(Double(x), Double(y))) else { continue }
                // The nearer of the ground and a wall 6 m to either side.
                let ground = ray.z < -1e-3 ? plane.mounting.heightMetres / -ray.z : .infinity
                let wall = ray.y.magnitude > 1e-3 ? 6 / ray.y.magnitude : .infinity
                let distance = min(ground, wall)
                guard distance < 30 else { continue }
                let forward = ray.x * distance + travelled
                let across = ground < wall ? ray.y * distance : 20 + ray.z * distance
                // Far speckles are smaller than a pixel and fade, as a camera would see them.
                let contrast = 1 - distance / 30
                values[y * model.width + x] = Float(
                    120 + 200 * contrast * (speckle(forward * 1.5, across * 3) - 0.5))
            }
        }
        return GrayImage(width: model.width, height: model.height, values: values).blurred(0.8)
    }

    /// Smooth noise between 0 and 1 with a grain of about one.
    private func speckle(_ x: Double, _ y: Double) -> Double {
        func corner(_ x: Double, _ y: Double) -> Double {
            var generator = SeededGenerator(
                seed: UInt64(bitPattern: Int64(x) &* 73_856_093 ^ Int64(y) &* 19_349_663))
            return Double(generator.next() >> 11) / Double(1 << 53)
        }
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let (u, v) = (x - left, y - top)
        let (su, sv) = (u * u * (3 - 2 * u), v * v * (3 - 2 * v))
        let upper = corner(left, top) * (1 - su) + corner(left + 1, top) * su
        let lower = corner(left, top + 1) * (1 - su) + corner(left + 1, top + 1) * su
        return upper * (1 - sv) + lower * sv
    }

    @Test func drivingBetweenStillThingsGivesPitchAndYaw() throws {
        let model = try CameraModel(width: 480, height: 270, fx: 420, fy: 420, cx: 239.5, cy: 134.5)
        let mounting = Mounting(heightMetres: 1.3, pitchDegrees: 3, yawDegrees: -1.5)
        let plane = try GroundPlane(model: model, mounting: mounting)
        var observer = MotionObserver(model: model)
        var directions: [MotionDirection] = []
        for frame in 0..<11 {
            let seconds = Double(frame) / 15
            let picture = picture(plane, travelled: 9 * seconds)
            if let direction = observer.observe(picture, seconds: seconds) {
                directions.append(direction)
            }
        }
        #expect(directions.count >= 2)
        // Turning and moving sideways look alike within three frames: single directions scatter by most of a degree sideways,
        // as their deviations say, and three of them do not average that out.
        let angles = directions.map { OnlineExtrinsics.angles(of: $0.direction, roll: 0) }
        let pitch = angles.reduce(0) { $0 + $1.pitch } / Double(angles.count)
        let yaw = angles.reduce(0) { $0 + $1.yaw } / Double(angles.count)
        #expect((pitch - 3).magnitude < 0.4 && (yaw + 1.5).magnitude < 0.8, "\(angles)")
        for (direction, angles) in zip(directions, angles) {
            #expect((angles.yaw + 1.5).magnitude < 4 * direction.deviation.x / Angle.degree + 0.2, "\(direction)")
            #expect((angles.pitch - 3).magnitude < 4 * direction.deviation.y / Angle.degree + 0.2, "\(direction)")
        }
    }

    @Test func standingGivesNoDirection() throws {
        let model = try CameraModel(width: 480, height: 270, fx: 420, fy: 420, cx: 239.5, cy: 134.5)
        let plane = try GroundPlane(
            model: model, mounting: Mounting(heightMetres: 1.3, pitchDegrees: 3))
        var observer = MotionObserver(model: model)
        let still = picture(plane, travelled: 0)
        for frame in 0..<6 { #expect(observer.observe(still, seconds: Double(frame) / 15) == nil) }
    }
}
