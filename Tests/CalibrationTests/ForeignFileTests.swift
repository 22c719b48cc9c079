import Foundation
import TestSupport
import Testing

@testable import Calibration

@Suite struct ForeignFileTests {
    private func camera(_ lens: LensDistortion) throws -> CameraCalibration {
        CameraCalibration(
            name: "front",
            model: try CameraModel(
                width: 1280, height: 720, fx: 1156.0 / 3, fy: 1152.1, cx: 665.3, cy: 388.01, distortion: lens),
            quality: CalibrationQuality(rmsPixels: 0.21, views: 17))
    }

    @Test func openCVFilesKeepEveryNumber() throws {
        for (model, coefficients) in [
            (LensDistortion.Model.plumbBob, [-0.28, 0.1 / 3, 1e-7, -0.0014, 0.16]),
            (.rationalPolynomial, [0.41, -0.12, 0.0009, -0.0004, 0.03, 0.62, 0.05, 0.01]),
            (.equidistant, [-0.012, 0.004, -0.0021, 0.0002]),
        ] {
            let camera = try camera(try LensDistortion(model: model, coefficients: coefficients))
            let text = try camera.text(as: .opencv)
            #expect(text.hasPrefix("%YAML:1.0\n---\n"))
            let (back, format) = try CameraCalibration.parse(text, file: "camera.yml")
            #expect(format == .opencv)
            #expect(back.model == camera.model && back.name == "front")
            #expect(back.quality.rmsPixels == 0.21 && back.quality.views == 17)
        }
    }

    @Test func kalibrFilesKeepEveryNumber() throws {
        for (model, coefficients) in [
            (LensDistortion.Model.plumbBob, [-0.28, 0.1 / 3, 1e-7, -0.0014, 0]),
            (.equidistant, [-0.012, 0.004, -0.0021, 0.0002]),
        ] {
            let camera = try camera(try LensDistortion(model: model, coefficients: coefficients))
            let (back, format) = try CameraCalibration.parse(try camera.text(as: .kalibr), file: "camchain.yaml")
            #expect(format == .kalibr)
            #expect(back.model == camera.model)
        }
    }

    @Test func kalibrHasNoPlaceForAThirdRadialCoefficient() throws {
        let camera = try camera(try LensDistortion(model: .plumbBob, coefficients: [-0.28, 0.1, 0, 0, 0.16]))
        #expect(throws: CalibrationError.self) { try camera.text(as: .kalibr) }
    }

    @Test func theSecondCameraOfACamchainIsRead() throws {
        let text = """
            cam0:
              camera_model: pinhole
              distortion_coeffs: [-0.2, 0.1, 0.001, -0.002]
              distortion_model: radtan
              intrinsics: [460.0, 459.0, 366.0, 248.0]
              resolution: [752, 480]
              rostopic: /cam0/image_raw
            cam1:
              T_cn_cnm1:
              - [1.0, 0.0, 0.0, -0.11]
              - [0.0, 1.0, 0.0, 0.0]
              - [0.0, 0.0, 1.0, 0.0]
              - [0.0, 0.0, 0.0, 1.0]
              cam_overlaps: [0]
              camera_model: pinhole
              distortion_coeffs: [-0.01, 0.02, 0.001, -0.002]
              distortion_model: equidistant
              intrinsics: [457.0, 456.0, 379.0, 255.0]
              resolution: [752, 480]
              timeshift_cam_imu: 0.001
            """
        let second = try CameraCalibration.parse(text, file: "camchain.yaml", selecting: .init(camera: 1)).camera
        #expect(second.name == "cam1" && second.model.fx == 457)
        #expect(second.model.distortion.model == .equidistant)
        #expect(try CameraCalibration.parse(text, file: "camchain.yaml").camera.model.fx == 460)
        let error = #expect(throws: CalibrationError.self) {
            try CameraCalibration.parse(text, file: "camchain.yaml", selecting: .init(camera: 2))
        }
        #expect(try #require(error).description.contains("there is no cam2; in this file are cam0, cam1"))
        let omni = text.replacingOccurrences(of: "camera_model: pinhole", with: "camera_model: omni")
        #expect(throws: CalibrationError.self) { try CameraCalibration.parse(omni, file: "camchain.yaml") }
    }

    @Test func whatOpenCVsStereoSampleWritesIsRead() throws {
        let text = """
            %YAML:1.0
            ---
            M1: !!opencv-matrix
               rows: 3
               cols: 3
               dt: d
               data: [ 5.3480e+02, 0., 3.3492e+02, 0., 5.3430e+02, 2.4146e+02, 0., 0., 1. ]
            D1: !!opencv-matrix
               rows: 1
               cols: 5
               dt: d
               data: [ -2.9e-01, 1.0e-01, 0., 0., 1.2e-01 ]
            M2: !!opencv-matrix
               rows: 3
               cols: 3
               dt: d
               data: [ 5.3700e+02, 0., 3.2700e+02, 0., 5.3650e+02, 2.4900e+02, 0., 0., 1. ]
            D2: !!opencv-matrix
               rows: 1
               cols: 5
               dt: d
               data: [ -2.8e-01, 1.0e-01, 0., 0., 1.1e-01 ]
            """
        let error = #expect(throws: CalibrationError.self) { try CameraCalibration.parse(text, file: "intrinsics.yml") }
        #expect(try #require(error).description.contains("--size"))
        let right = try CameraCalibration.parse(
            text, file: "intrinsics.yml", selecting: .init(camera: 1, imageSize: SIMD2(640, 480))
        ).camera
        #expect(right.model.fx == 537 && right.model.distortion.coefficients[4] == 0.11)
    }

    @Test(.enabled(if: PythonScript.isAvailable, Comment(rawValue: PythonScript.absence)))
    func openCVReadsWhatIsWrittenForIt() throws {
        let camera = try camera(try LensDistortion(model: .plumbBob, coefficients: [-0.28, 0.1 / 3, 1e-7, 0, 0.16]))
        let path = NSTemporaryDirectory() + "sightline-\(UUID().uuidString).yml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try camera.write(to: path, as: .opencv)
        let output = try PythonScript.run(Fixture.path("opencv_numbers.py"), [path])
        let numbers = try JSONDecoder().decode([Double].self, from: output)
        #expect(numbers == [1280, 720] + camera.model.matrix.elements + camera.model.distortion.coefficients)
    }

    @Test func aFileWithoutACameraSaysSo() {
        let error = #expect(throws: CalibrationError.self) {
            try CameraCalibration.parse("threads: 2\nname: front\n", file: "config.yaml")
        }
        #expect(error?.description.contains("no camera is in this file") == true)
    }
}
