import Foundation
import TestSupport
import Testing

@testable import Calibration

@Suite struct CameraFileTests {
    private func sample() throws -> CameraCalibration {
        let lens = try LensDistortion(
            model: .rationalPolynomial, coefficients: [0.1 / 3, -1e-7, 1e22, -0, 5, 6, 7, -1.0 / 3])
        var mounting = Mounting(
            heightMetres: 1.32, pitchDegrees: 2, yawDegrees: -0.1, rollDegrees: 0.3, xMetres: 1.7, yMetres: -0.05)
        mounting.deviations.pitchDegrees = 0.07
        return CameraCalibration(
            name: "front left: \"wide\"",
            model: try CameraModel(
                width: 1280, height: 720, fx: 1154.6830123, fy: 1154.1, cx: 639.5, cy: 359.5, distortion: lens),
            mounting: mounting,
            quality: CalibrationQuality(
                source: "sightline calibrate, 20 pictures", rmsPixels: 0.21, heldOutRMSPixels: 0.25, views: 17,
                deviations: IntrinsicDeviations(fx: 0.5, fy: 0.5, cx: 0.4, cy: 0.4, distortion: [0.1, 0.2])))
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        let calibration = try sample()
        #expect(try CameraCalibration(parsing: calibration.yaml, file: "sample") == calibration)
    }

    @Test func aStereoCameraKeepsItsRectificationAndProjection() throws {
        var calibration = try sample()
        calibration.rectification = .rotation(aboutY: 0.01)
        calibration.projection = [1100, 0, 640, -92.5, 0, 1100, 360, 0, 0, 0, 1, 0]
        #expect(try CameraCalibration(parsing: calibration.yaml, file: "sample") == calibration)
    }

    @Test(.enabled(if: PythonScript.isAvailable, Comment(rawValue: PythonScript.absence)))
    func everyNumberIsANumberToOtherReaders() throws {
        let path = NSTemporaryDirectory() + "sightline-camera-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try sample().write(to: path)
        let output = try PythonScript.run(Fixture.path("camera_numbers.py"), [path])
        let numbers = try JSONDecoder().decode([Double].self, from: output)
        #expect(numbers == (try sample().model.matrix.elements + sample().model.distortion.coefficients))
    }

    @Test func aROSFileWithoutOurKeysIsRead() throws {
        let text = """
            image_width: 640
            image_height: 480
            camera_name: narrow_stereo
            camera_matrix:
              rows: 3
              cols: 3
              data: [532.8, 0, 342.5, 0, 532.9, 233.9, 0, 0, 1]
            distortion_model: plumb_bob
            distortion_coefficients: {rows: 1, cols: 5, data: [-0.28, 0.025, 0.0012, -0.0001, 0.163]}
            rectification_matrix: {rows: 3, cols: 3, data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}
            projection_matrix: {rows: 3, cols: 4, data: [532.8, 0, 342.5, 0, 0, 532.9, 233.9, 0, 0, 0, 1, 0]}
            binning_x: 0
            """
        let calibration = try CameraCalibration(parsing: text, file: "ros.yaml")
        #expect(calibration.model.fx == 532.8 && calibration.model.cy == 233.9)
        #expect(calibration.model.distortion.coefficients == [-0.28, 0.025, 0.0012, -0.0001, 0.163])
        #expect(calibration.mounting == nil && calibration.projection == nil)
    }

    @Test(
        arguments: [
            (
                "data: [532.8, 0, 342.5, 0, 532.9, 233.9, 0, 0, 1]", "data: [0, 0, 0, 0, 0, 0, 0, 0, 0]",
                "not calibrated"
            ),
            ("data: [532.8, 0, 342.5, 0, 532.9, 233.9, 0, 0, 1]", "data: [532.8, 0, 342.5]", "cam.yaml:6:9: 3 values"),
            ("plumb_bob", "thin_lens", "\"thin_lens\" is not supported"),
            ("image_width: 640", "image_width: wide", "cam.yaml:1:14: expected an integer"),
            ("image_height: 480\n", "", "\"image_height\" is missing"),
            ("height_m: 1.3", "heigth_m: 1.3", "unknown key \"heigth_m\""),
            ("pitch_deg: 2", "pitch_deg: steep", "expected a number"),
            ("data: [-0.28, 0.025, 0.0012]", "data: [.nan, 0.025, 0.0012]", "expected a number"),
        ])
    func whatIsWrongIsSaidInOneLine(_ original: String, _ replacement: String, _ expected: String) throws {
        let text = """
            image_width: 640
            image_height: 480
            camera_matrix:
              rows: 3
              cols: 3
              data: [532.8, 0, 342.5, 0, 532.9, 233.9, 0, 0, 1]
            distortion_model: plumb_bob
            distortion_coefficients:
              rows: 1
              cols: 3
              data: [-0.28, 0.025, 0.0012]
            extrinsics:
              height_m: 1.3
              pitch_deg: 2
            """
        #expect(text.contains(original))
        let broken = text.replacingOccurrences(of: original, with: replacement)
        let error = #expect(throws: CalibrationError.self) { try CameraCalibration(parsing: broken, file: "cam.yaml") }
        let message = try #require(error).description
        #expect(message.contains(expected), "\(message)")
        #expect(!message.contains("\n"))
    }
}
