import TestSupport
import Testing

@testable import Calibration

@Suite struct CameraModelTests {
    /// What `Fixtures/projections.py` computed with OpenCV.
    private struct Projections: Decodable {
        struct Case: Decodable {
            var model: String
            var coefficients: [Double]
            var points: [[Double]]
            var pixels: [[Double]]
        }
        var matrix: [Double]
        var size: [Int]
        var cases: [Case]
    }

    private static func model(_ lens: LensDistortion, _ file: Projections) throws -> CameraModel {
        try CameraModel(
            width: file.size[0], height: file.size[1], fx: file.matrix[0], fy: file.matrix[1], cx: file.matrix[2],
            cy: file.matrix[3], distortion: lens)
    }

    @Test func projectsAsOpenCVDoes() throws {
        let file = try Fixture.json("projections.json", as: Projections.self)
        #expect(file.cases.count == 9)
        for lens in file.cases {
            let kind = try #require(LensDistortion.Model(rawValue: lens.model))
            let model = try Self.model(try LensDistortion(model: kind, coefficients: lens.coefficients), file)
            var compared = 0
            for (point, expected) in zip(lens.points, lens.pixels) {
                // Beyond the lens model's range OpenCV gives a number all the same.
                guard let pixel = model.project(SIMD3(point[0], point[1], point[2])) else { continue }
                compared += 1
                #expect((pixel - SIMD2(expected[0], expected[1])).length < 1e-9, "\(lens.model) \(lens.coefficients)")
            }
            #expect(compared >= 30, "\(lens.model) \(lens.coefficients)")
        }
    }

    @Test func unprojectingGivesTheRayThatWasProjected() throws {
        let file = try Fixture.json("projections.json", as: Projections.self)
        for lens in file.cases {
            let kind = try #require(LensDistortion.Model(rawValue: lens.model))
            let model = try Self.model(try LensDistortion(model: kind, coefficients: lens.coefficients), file)
            for point in lens.points {
                let direction = SIMD3(point[0], point[1], point[2]).normalized
                guard let pixel = model.project(direction) else { continue }
                let ray = try #require(model.unproject(pixel))
                #expect((ray - direction).length < 1e-8, "\(lens.model) \(lens.coefficients) \(point)")
            }
        }
    }

    @Test func aFisheyeSeesBehindItself() throws {
        let lens = try LensDistortion(model: .equidistant, coefficients: [0.01, 0, 0, 0])
        let model = try CameraModel(
            width: 1000, height: 1000, fx: 280, fy: 280, cx: 499.5, cy: 499.5, distortion: lens)
        let direction = SIMD3(1, 0.2, -0.3).normalized
        let pixel = try #require(model.project(direction))
        #expect((try #require(model.unproject(pixel)) - direction).length < 1e-12)
        #expect(model.undistort(pixel) == nil)
    }

    @Test func pointsBehindAPinholeAreNotInItsImage() throws {
        let model = try CameraModel(width: 640, height: 480, fx: 500, fy: 500, cx: 320, cy: 240)
        #expect(model.project(SIMD3(0.1, 0.1, -1)) == nil)
        #expect(model.project(SIMD3(0.1, 0.1, 0)) == nil)
    }

    @Test func aFoldingPolynomialEndsWhereItFolds() throws {
        // r (1 - 0.5 r^2) grows until r = sqrt(2 / 3), where the image radius is 0.544.
        let lens = try LensDistortion(model: .plumbBob, coefficients: [-0.5, 0, 0, 0, 0])
        let model = try CameraModel(width: 640, height: 480, fx: 400, fy: 400, cx: 320, cy: 240, distortion: lens)
        #expect((model.validLimit - (2.0 / 3).squareRoot()).magnitude < 1e-8)
        #expect(model.project(SIMD3(0.8, 0, 1)) != nil)
        #expect(model.project(SIMD3(0.83, 0, 1)) == nil)
        #expect(model.unproject(SIMD2(320 + 400 * 0.54, 240)) != nil)
        #expect(model.unproject(SIMD2(320 + 400 * 0.55, 240)) == nil)
    }

    @Test func scalingKeepsWhatEachPixelSees() throws {
        let lens = try LensDistortion(model: .plumbBob, coefficients: [-0.24, -0.02, -0.001, 0, 0.03])
        let full = try CameraModel(
            width: 1280, height: 720, fx: 1156, fy: 1152, cx: 665.5, cy: 388, distortion: lens)
        let half = try full.scaled(width: 640, height: 360)
        // The left edge of the image is at -0.5 in both.
        let ray = try #require(full.unproject(SIMD2(-0.5, 100)))
        let pixel = try #require(half.project(ray))
        #expect((pixel - SIMD2(-0.5, 49.75)).length < 1e-9)
        #expect(throws: CalibrationError.self) { try full.scaled(width: 640, height: 480) }
    }

    @Test func nonsenseIsRefused() {
        #expect(throws: CalibrationError.self) {
            try CameraModel(width: 640, height: 480, fx: 0, fy: 500, cx: 320, cy: 240)
        }
        #expect(throws: CalibrationError.self) {
            try CameraModel(width: 0, height: 480, fx: 500, fy: 500, cx: 320, cy: 240)
        }
        #expect(throws: CalibrationError.self) { try LensDistortion(model: .equidistant, coefficients: [1, 2, 3]) }
        #expect(throws: CalibrationError.self) {
            try LensDistortion(model: .plumbBob, coefficients: [.nan, 0, 0, 0, 0])
        }
    }
}
