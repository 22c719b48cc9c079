import Camera
import Platform
import Runtime
import Testing

@Suite("Cameras in the configuration")
struct CameraConfigurationTests {
    private func configuration(_ text: String) throws -> Configuration {
        try Configuration(YAMLNode(parsing: text, file: "drive/front.yaml"))
    }

    private func refusal(_ text: String) -> String {
        do {
            _ = try configuration(text)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test("a camera has its size, rate, format, controls and calibration")
    func single() throws {
        let camera = try #require(
            configuration(
                """
                camera:
                  device: /dev/video2
                  size: 1920x1080
                  rate: 25
                  format: MJPG
                  calibration: front.yaml
                  controls: {exposure: auto, gain: 20, power_line_frequency: 50 Hz, focus_automatic_continuous: off}
                """
            ).cameras.first)
        #expect(camera.settings.device == "/dev/video2")
        #expect(camera.settings.wish == CaptureWish(width: 1920, height: 1080, rate: 25, format: "MJPG"))
        #expect(camera.calibration == "drive/front.yaml")
        #expect(
            camera.settings.controls.map(\.name) == [
                "exposure", "gain", "power_line_frequency", "focus_automatic_continuous",
            ])
        #expect(camera.settings.controls.map(\.value) == [.word("auto"), .number(20), .word("50 Hz"), .boolean(false)])
        #expect(camera.settings.controls[1].source == "drive/front.yaml:7:36")
    }

    @Test("several cameras have names and networks of their own")
    func several() throws {
        let configuration = try configuration(
            """
            detection: {model: all.onnx}
            cameras:
              - {name: front, device: 0, detection: {model: objects.onnx, confidence: 0.4}}
              - {name: rear, device: 1}
            """)
        #expect(configuration.cameras.map(\.name) == ["front", "rear"])
        #expect(configuration.cameras[0].detection?.model == "drive/objects.onnx")
        #expect(configuration.cameras[1].detection == nil && configuration.cameras[1].settings.device == "1")
    }

    @Test("what makes no sense is refused with its place")
    func refusals() {
        #expect(
            refusal("camera: {device: 0, size: large}") == "drive/front.yaml:1:27: expected a size such as 1280x720")
        #expect(refusal("camera: {size: 640x480}").hasSuffix("\"device\" is missing"))
        #expect(refusal("camera: {device: 0, zoom: 2}").contains("unknown key \"zoom\""))
        #expect(refusal("camera: {device: 0, rate: 0}").contains("is not between"))
        #expect(refusal("cameras: [{device: 0}]").contains("each of several cameras has one"))
        #expect(refusal("cameras: [{name: a, device: 0}, {name: a, device: 1}]").contains("a second camera named a"))
        #expect(refusal("camera: {device: 0}\ncameras: []").contains("either camera or cameras"))
    }
}
