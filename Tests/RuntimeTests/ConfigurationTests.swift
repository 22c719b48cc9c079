import Foundation
import Platform
import Runtime
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    private func configuration(_ text: String) throws -> Configuration {
        let path = NSTemporaryDirectory() + "/sightline-\(UUID().uuidString).yaml"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Configuration(contentsOf: path)
    }

    @Test("a file says which networks run, paths being relative to it")
    func networks() throws {
        let read = try configuration(
            "name: front\nthreads: 2\ndetection: {model: a.onnx, confidence: 0.4}\nroad: {model: /b.onnx, head: road}\n"
        )
        #expect(read.name == "front" && read.threads == 2)
        #expect(read.detection?.confidence == 0.4)
        #expect(read.detection?.model.hasSuffix("/a.onnx") == true)
        #expect(read.detection?.model != "a.onnx")
        #expect(read.road?.model == "/b.onnx" && read.road?.head == "road")
    }

    @Test(
        "numbers out of range, unknown keys and unusable names are refused",
        arguments: [
            "threads: 0", "detection: {model: a.onnx, confidence: 1.5}", "detection: {confidence: 0.5}", "thread: 2",
            "name: 'a/b'", "road: 7",
        ])
    func refused(text: String) {
        #expect(throws: PlatformError.self) { try configuration(text) }
    }

    @Test("networks that the user made come before those that the package ships")
    func locator() throws {
        let folder = NSTemporaryDirectory() + "/sightline-models-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/local", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let locator = NetworkLocator(folders: ["/nowhere", folder])
        #expect(locator.path(of: .detection) == nil)
        try Data().write(to: URL(fileURLWithPath: folder + "/road-objects.onnx"))
        #expect(locator.path(of: .detection) == folder + "/road-objects.onnx")
        try Data().write(to: URL(fileURLWithPath: folder + "/local/detection.onnx"))
        #expect(locator.path(of: .detection) == folder + "/local/detection.onnx")
    }
}
