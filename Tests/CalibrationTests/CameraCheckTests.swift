import Testing

@testable import Calibration

@Suite struct CameraCheckTests {
    private let good = """
        image_width: 1280
        image_height: 720
        camera_name: front
        camera_matrix:
          rows: 3
          cols: 3
          data: [1156.0, 0, 665.0, 0, 1153.0, 388.0, 0, 0, 1]
        distortion_model: plumb_bob
        distortion_coefficients:
          rows: 1
          cols: 5
          data: [-0.24, 0.06, -0.0008, 0.0001, -0.01]
        extrinsics:
          height_m: 1.32
          pitch_deg: 2
          yaw_deg: 0
          roll_deg: 0
          standard_deviations:
            height_m: 0.01
            pitch_deg: 0.1
        """

    @Test func aSoundFileHasNoFindings() throws {
        let check = try CameraCheck(parsing: good, file: "camera.yaml")
        #expect(check.findings == [])
        #expect(check.camera?.model.fx == 1156)
    }

    @Test(
        arguments: [
            (
                "data: [1156.0, 0, 665.0, 0, 1153.0, 388.0, 0, 0, 1]", "data: [0, 0, 0, 0, 0, 0, 0, 0, 0]", "error",
                "nobody has calibrated"
            ),
            ("[1156.0, 0, 665.0, 0, 1153.0,", "[-1156.0, 0, 665.0, 0, 1153.0,", "error", "must be positive"),
            ("[1156.0, 0, 665.0, 0, 1153.0,", "[156.0, 0, 665.0, 0, 153.0,", "warning", "belong to this image size"),
            ("[1156.0, 0, 665.0, 0, 1153.0,", "[1540.0, 0, 665.0, 0, 1153.0,", "warning", "square pixels"),
            ("[1156.0, 0, 665.0, 0, 1153.0, 388.0,", "[1734.0, 0, 960, 0, 1730.0, 540,", "warning", "about 1921x1081"),
            (
                "[1156.0, 0, 665.0, 0, 1153.0, 388.0,", "[1156.0, 0, 865.0, 0, 1153.0, 388.0,", "warning",
                "far from the middle"
            ),
            ("[1156.0, 0, 665.0,", "[1156.0, 0, 1665.0,", "warning", "lies outside the image"),
            ("[-0.24, 0.06,", "[-1.4, 0.06,", "warning", "folds back inside the image"),
            ("[-0.24, 0.06, -0.0008, 0.0001, -0.01]", "[0, 0, 0, 0, 0]", "note", "no distortion at all"),
            ("height_m: 1.32", "height_m: -1.32", "error", "measure from the road"),
            ("height_m: 1.32", "height_m: 132", "warning", "unusual height"),
            ("pitch_deg: 2\n", "pitch_deg: -60\n", "error", "no ground at all"),
            ("pitch_deg: 0.1", "pitch_deg: 1", "note", "a distance of 30 m is uncertain"),
            ("plumb_bob", "omni", "error", "\"omni\" is not supported"),
        ])
    func eachFaultIsNamed(_ original: String, _ replacement: String, _ severity: String, _ message: String) throws {
        #expect(good.contains(original))
        let check = try CameraCheck(
            parsing: good.replacingOccurrences(of: original, with: replacement), file: "camera.yaml")
        #expect(
            check.findings.contains { $0.severity.rawValue == severity && $0.message.contains(message) },
            "\(check.findings)")
        #expect(check.hasErrors == (severity == "error"))
    }

    @Test func aMissingMountingIsMissed() throws {
        let end = try #require(good.range(of: "extrinsics:"))
        let check = try CameraCheck(parsing: String(good[..<end.lowerBound]), file: "camera.yaml")
        #expect(check.findings.map(\.key) == ["extrinsics"])
        #expect(!check.hasErrors)
    }
}
