import Foundation
import TestSupport
import Testing

@testable import Calibration

@Suite struct GroundPlaneTests {
    private let mounting = Mounting(
        heightMetres: 1.3, pitchDegrees: 2.5, yawDegrees: -1.5, rollDegrees: 0.8, xMetres: 1.7, yMetres: 0.1)

    private func plane(_ mounting: Mounting) throws -> GroundPlane {
        let lens = try LensDistortion(model: .plumbBob, coefficients: [-0.24, -0.02, -0.001, 0, 0.03])
        let model = try CameraModel(
            width: 1280, height: 720, fx: 1156, fy: 1152, cx: 665.5, cy: 388, distortion: lens)
        return try GroundPlane(model: model, mounting: mounting)
    }

    @Test func anglesTurnTheCameraTheWayTheyAreSaidTo() {
        // Looking down: the optical axis points below the horizon.
        #expect((Mounting(heightMetres: 1, pitchDegrees: 10).vehicleFromCamera * SIMD3(0, 0, 1)).z < -0.17)
        // Looking left: y is to the left.
        #expect((Mounting(heightMetres: 1, yawDegrees: 10).vehicleFromCamera * SIMD3(0, 0, 1)).y > 0.17)
        // Leaning right: what is on the image's left comes from above.
        #expect((Mounting(heightMetres: 1, rollDegrees: 10).vehicleFromCamera * SIMD3(-1, 0, 0)).z > 0.17)
        // A camera that looks straight ahead sees x forward, the image's right to the right, its bottom below.
        let straight = Mounting(heightMetres: 1).vehicleFromCamera
        #expect((straight * SIMD3(1, 2, 3) - SIMD3(3, -1, -2)).length < 1e-12)
    }

    @Test func distanceIsHeightOverTheTangentOfTheAngleDown() throws {
        let model = try CameraModel(width: 1280, height: 720, fx: 1000, fy: 1000, cx: 639.5, cy: 359.5)
        let plane = try GroundPlane(model: model, mounting: Mounting(heightMetres: 1.32, pitchDegrees: 2))
        let place = try #require(plane.point(at: SIMD2(639.5, 399.5)))
        // 40 pixels below the principal point at 1000 pixels focal length is 2.2906 degrees, 4.2906 with the pitch.
        #expect((place.x - 17.5943).magnitude < 1e-3)
        #expect(place.y.magnitude < 1e-12)
        let right = try #require(plane.point(at: SIMD2(739.5, 399.5)))
        #expect(right.y < -1.7)
    }

    @Test func pixelsComeBackFromTheGround() throws {
        let plane = try plane(mounting)
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let pixel = SIMD2(Double.random(in: 0..<1280, using: &generator), .random(in: 380..<720, using: &generator))
            guard let place = plane.point(at: pixel) else { continue }
            let back = try #require(plane.pixel(x: place.x, y: place.y))
            #expect((back - pixel).length < 1e-6)
        }
    }

    @Test func nothingAboveTheHorizonIsOnTheGround() throws {
        let plane = try plane(mounting)
        for column in stride(from: 0.0, through: 1279, by: 1279.0 / 4) {
            let row = try #require(plane.horizonRow(column: column))
            #expect(plane.point(at: SIMD2(column, row - 1)) == nil)
            let below = try #require(plane.point(at: SIMD2(column, row + 4)))
            #expect(below.x > 100)
            let ray = try #require(plane.direction(of: SIMD2(column, row)))
            #expect(ray.z.magnitude < 1e-9)
        }
    }

    @Test func theHorizonFallsToTheLeftWhenTheCameraLeansRight() throws {
        let plane = try plane(Mounting(heightMetres: 1.3, rollDegrees: 3))
        let left = try #require(plane.horizonRow(column: 100))
        let right = try #require(plane.horizonRow(column: 1180))
        #expect(left > right + 40)
    }

    @Test func standardDeviationsAreThoseOfASample() throws {
        var mounting = mounting
        mounting.deviations = MountingDeviations(
            heightMetres: 0.03, pitchDegrees: 0.1, yawDegrees: 0.2, rollDegrees: 0.15, xMetres: 0.05, yMetres: 0.04)
        let plane = try plane(mounting)
        let pixel = SIMD2(900.0, 500.0)
        let noise = SIMD2(1.5, 1.0)
        let expected = try #require(plane.point(at: pixel, deviation: noise))
        var generator = SeededGenerator(seed: 9)
        func draw(_ deviation: Double) -> Double { deviation * normal(&generator) }
        var (sumXX, sumYY, sumXY) = (0.0, 0.0, 0.0)
        let count = 20_000
        for _ in 0..<count {
            var moved = mounting
            let deviations = mounting.deviations
            moved.heightMetres += draw(deviations.heightMetres)
            moved.pitchDegrees += draw(deviations.pitchDegrees)
            moved.yawDegrees += draw(deviations.yawDegrees)
            moved.rollDegrees += draw(deviations.rollDegrees)
            moved.xMetres += draw(deviations.xMetres)
            moved.yMetres += draw(deviations.yMetres)
            let movedPlane = try GroundPlane(model: plane.model, mounting: moved)
            let place = try #require(movedPlane.point(at: pixel + SIMD2(draw(noise.x), draw(noise.y))))
            sumXX += (place.x - expected.x) * (place.x - expected.x)
            sumYY += (place.y - expected.y) * (place.y - expected.y)
            sumXY += (place.x - expected.x) * (place.y - expected.y)
        }
        #expect((sumXX / Double(count) / expected.varianceX - 1).magnitude < 0.04)
        #expect((sumYY / Double(count) / expected.varianceY - 1).magnitude < 0.04)
        let correlationError = sumXY / Double(count) - expected.covariance
        #expect(correlationError.magnitude < 0.03 * expected.deviationX * expected.deviationY)
    }

    @Test func aPitchOfATenthOfADegreeIsHalfAMetreAtTwenty() throws {
        let model = try CameraModel(width: 1280, height: 720, fx: 1000, fy: 1000, cx: 639.5, cy: 359.5)
        var mounting = Mounting(heightMetres: 1.3, deviations: .exact)
        mounting.deviations.pitchDegrees = 0.1
        let plane = try GroundPlane(model: model, mounting: mounting)
        let pixel = try #require(plane.pixel(x: 20, y: 0))
        let place = try #require(plane.point(at: pixel))
        #expect((place.deviationX - 0.54).magnitude < 0.01)
    }

    @Test func aCameraInTheGroundIsRefused() throws {
        #expect(throws: CalibrationError.self) { try plane(Mounting(heightMetres: 0)) }
    }
}

/// A normally distributed number (Box and Muller 1958).
func normal(_ generator: inout SeededGenerator) -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
}
