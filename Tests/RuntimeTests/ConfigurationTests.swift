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

    @Test("a budget, rates, priorities and variants are read, with durations in their units")
    func budget() throws {
        let read = try configuration(
            """
            budget: 33ms
            placement: parallel
            realtime: {priority: 20, pin: false}
            detection:
              model: a.onnx
              priority: 5
              variants: [{model: small.onnx}, {input: 320x192}]
            road: {model: b.onnx, every: 2, maximum_age: 0.3s, spread: false}
            """)
        #expect(read.budget == 33_000_000 && read.placement == .parallel)
        #expect(read.realTime?.priority == 20 && read.realTime?.pinsThreads == false)
        #expect(read.realTime?.locksMemory == true)
        #expect(read.detection?.priority == 5)
        #expect(read.detection?.variants.first?.model?.hasSuffix("/small.onnx") == true)
        #expect(read.detection?.variants.last?.input == .init(width: 320, height: 192))
        #expect(read.road?.rate == RunRate(every: 2, maximumAge: 300_000_000))
        #expect(read.road?.spreads == false)
        #expect(try configuration("realtime: off").realTime == RealTimeOptions.none)
    }

    @Test("a recording is a file or folder, or a mapping that says how it is kept")
    func recording() throws {
        #expect(try configuration("recording: drives/").recording?.path.hasSuffix("/drives/") == true)
        let full = try #require(
            try configuration(
                "recording: {file: /data/a.mcap, compression: lz4, segment_minutes: 0.5, segment_size: 100, quality: 80}"
            ).recording)
        #expect(full.path == "/data/a.mcap" && full.options.mcap.compression == .lz4)
        #expect(full.options.segmentDuration == 30_000_000_000 && full.options.segmentBytes == 100 << 20)
        #expect(full.options.jpegQuality == 80)
        for text in ["recording: {}", "recording: {file: a, compression: gzip}", "recording: {file: a, quality: 0}"] {
            #expect(throws: PlatformError.self) { try configuration(text) }
        }
    }

    @Test("durations are numbers with a unit")
    func durations() {
        #expect(DurationText.nanoseconds("33ms") == 33_000_000)
        #expect(DurationText.nanoseconds("0.5s") == 500_000_000)
        #expect(DurationText.nanoseconds("800us") == 800_000)
        for text in ["33", "ms", "33m", "-1ms", "infs", "", "1e30s"] {
            #expect(DurationText.nanoseconds(text) == nil, "\(text)")
        }
    }

    @Test(
        "numbers out of range, unknown keys and unusable names are refused",
        arguments: [
            "threads: 0", "detection: {model: a.onnx, confidence: 1.5}", "detection: {confidence: 0.5}", "thread: 2",
            "name: 'a/b'", "road: 7", "budget: 33", "budget: 10us", "placement: anywhere",
            "detection: {model: a.onnx, every: 0}", "detection: {model: a.onnx, variants: [{}]}",
            "detection: {model: a.onnx, variants: [{input: big}]}", "realtime: {priority: 200}",
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
