import TestSupport
import Testing

@testable import Calibration

@Suite struct MountingFindingTests {
    private let actual = Mounting(
        heightMetres: 1.32, pitchDegrees: 3.2, yawDegrees: -1.1, rollDegrees: 0.7, xMetres: 1.5, deviations: .exact)
    private var model: CameraModel { get throws { try SyntheticBoard.camera(.plumbBob) } }

    @Test func theHorizonGivesThePitch() throws {
        let model = try model
        let row = try #require(try GroundPlane(model: model, mounting: actual).horizonRow())
        let known = Mounting(heightMetres: 1.32, yawDegrees: -1.1, rollDegrees: 0.7)
        let found = try #require(Mounting.find(horizon: row, uncertainty: 2, model: model, known: known))
        #expect((found.pitchDegrees - 3.2).magnitude < 0.01)
        // Two pixels of 812 are 0.14 degrees.
        #expect((0.14...0.16).contains(found.deviations.pitchDegrees))
    }

    @Test func theVanishingPointGivesPitchAndYaw() throws {
        let model = try model
        let plane = try GroundPlane(model: model, mounting: actual)
        let point = try #require(plane.pixel(ofDirection: SIMD3(1, 0, 0)))
        let known = Mounting(heightMetres: 1.32, rollDegrees: 0.7)
        let found = try #require(Mounting.find(vanishingPoint: point, uncertainty: 2, model: model, known: known))
        #expect((found.pitchDegrees - 3.2).magnitude < 1e-6)
        #expect((found.yawDegrees + 1.1).magnitude < 1e-6)
    }

    @Test func aBoardOnTheGroundGivesHeightAndAngles() throws {
        // The camera looks down enough to see a board of 10 cm squares from 3 m on.
        var mounting = actual
        mounting.pitchDegrees = 15
        let model = try model
        let plane = try GroundPlane(model: model, mounting: mounting)
        var generator = SeededGenerator(seed: 21)
        var errors: [SIMD4<Double>] = []
        for _ in 0..<20 {
            var view = BoardView(name: "ground", board: [], pixels: [])
            for row in 0..<6 {
                for column in 0..<9 {
                    // Columns to the right, rows towards the camera.
                    let place = SIMD3(4.0 - Double(row) * 0.1, 0.4 - Double(column) * 0.1, 0)
                    let pixel = try #require(plane.pixel(of: place + SIMD3(mounting.xMetres - 1.5, 0, 0)))
                    view.board.append(SIMD2(Double(column), Double(row)) * 0.1)
                    view.pixels.append(pixel + SIMD2(normal(&generator), normal(&generator)) * 0.1)
                }
            }
            let known = Mounting(heightMetres: 0, xMetres: 1.5)
            let found = try #require(Mounting.find(board: view, model: model, known: known))
            #expect(found.rms < 0.25)
            let result = found.mounting
            let deviations = result.deviations
            #expect((result.heightMetres - 1.32).magnitude < 4 * deviations.heightMetres)
            #expect((result.pitchDegrees - 15).magnitude < 4 * deviations.pitchDegrees)
            #expect((result.rollDegrees - 0.7).magnitude < 4 * deviations.rollDegrees)
            #expect((result.yawDegrees + 1.1).magnitude < 4 * deviations.yawDegrees)
            #expect(result.xMetres == 1.5 && deviations.heightMetres < 0.1)
            errors.append(
                SIMD4(
                    result.heightMetres - 1.32, result.pitchDegrees - 15, result.rollDegrees - 0.7,
                    result.yawDegrees + 1.1))
        }
        let mean = errors.reduce(SIMD4(repeating: 0), +) / Double(errors.count)
        #expect(mean[0].magnitude < 0.01 && mean[1].magnitude < 0.2 && mean[2].magnitude < 0.2)
    }
}
