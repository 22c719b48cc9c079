import Foundation
import TestSupport
import Testing

/// Programs that feed and describe the camera.
enum LiveCameraTools {
    static let areThere = ["ffmpeg"].allSatisfy { (try? run(["which", $0])) == 0 }

    /// Runs a program that is found in PATH; its exit code.
    static func run(_ command: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// `sightline run` on v4l2loopback, which a real drive is fed into as motion JPEG, in User Mode Linux with simulated time.
@Suite(
    "sightline run on a live camera", .serialized,
    .enabled(if: VirtualMachine.isAvailable, Comment(rawValue: VirtualMachine.absence)),
    .enabled(
        if: SharedFiles.exists("drives/carnd_solidWhiteRight.mp4") && SharedFiles.exists("models/yolox_nano.onnx"),
        Comment(rawValue: SharedFiles.absence)),
    .enabled(if: LiveCameraTools.areThere, "needs ffmpeg"))
struct LiveCameraTests {
    private let folder: TemporaryFolder
    private let network = SharedFiles.path("models/yolox_nano.onnx")
    private static let frames = 40

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("pictures"), withIntermediateDirectories: false)
        let drive = SharedFiles.path("drives/carnd_solidWhiteRight.mp4")
        var status = try LiveCameraTools.run(
            ["ffmpeg", "-v", "error", "-i", drive, "-frames:v", "\(Self.frames)", "-vf", "scale=1280:720", "-r", "30"]
                + ["-c:v", "mjpeg", "-q:v", "4", folder.file("drive.avi")])
        #expect(status == 0)
        status = try LiveCameraTools.run(
            ["ffmpeg", "-v", "error", "-i", folder.file("drive.avi"), "-c", "copy", folder.file("pictures/%04d.jpg")])
        #expect(status == 0)
    }

    /// The objects of a file of JSON lines; a last line that is cut off is left out.
    private func objects(_ name: String) throws -> [[String: Any]] {
        try String(contentsOfFile: folder.file(name), encoding: .utf8).split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// Detections without what depends on time: text that is equal for equal detections.
    private func contents(_ message: [String: Any]) -> String {
        let found = message["detections"] as? [[String: Any]] ?? []
        return found.map { "\($0["label"] ?? "") \($0["score"] ?? "") \($0["box"] ?? "")" }.joined(separator: "; ")
    }

    /// What the same pictures give in replay.
    private func replayed() throws -> [String] {
        let subscriber = try SightlineProcess(
            ["subscribe", "detections", "--json", "--count", "\(Self.frames)", "--queue", "1000"],
            runtimeDirectory: folder.path)
        let replay = try SightlineProcess.run(
            [
                "replay", folder.file("pictures"), "--lockstep", "--threads", "1", "--detection", network, "--road",
                "none",
            ],
            runtimeDirectory: folder.path)
        #expect(replay.status == 0, "\(replay.errors)")
        return try subscriber.finish().objects().map(contents)
    }

    @Test(
        "detections match those of the file; unplugged and plugged in again they resume, and health names the gap",
        .disabled("open: on a busy machine 88 % of the frames match, where 98 are asked for"))
    func liveDrive() throws {
        try "camera: {device: /dev/video9, full_size: true}\n".write(
            toFile: folder.file("camera.yaml"), atomically: true, encoding: .utf8)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../VirtualCameras/live-drive").standardized.path
        let outcome = try VirtualMachine.run(
            ["-t", "240", "-w", folder.path, "--", "env", "SIGHTLINE_LIVE_SECONDS=2", script]
                + [
                    SightlineProcess.executable.deletingLastPathComponent().path, folder.file("pictures"), folder.path,
                    "1",
                ]
                + ["--config", folder.file("camera.yaml"), "--threads", "1", "--detection", network, "--road", "none"])
        #expect(outcome.status == 0, "\(outcome.lines) \(outcome.errors)")
        let live = try objects("detections.jsonl")
        #expect(live.count > 60)
        let expected = try replayed()
        try #require(expected.count == Self.frames)
        #expect(share(of: live, in: expected) > 0.98)
        try checkHealth(try objects("health.jsonl"))
    }

    /// The share of live messages whose detections are exactly those of the picture that was fed, where the picture's index
    /// follows from the frame's number; the feed starts anew at an unplugging.
    private func share(of live: [[String: Any]], in expected: [String]) -> Double {
        let frames = live.compactMap { message in
            (message["frame_id"] as? NSNumber).map { (number: $0.intValue, contents: contents(message)) }
        }
        var matched = 0
        var index = 0
        while index < frames.count {
            // The longest run of frames from here on that one offset explains.
            let runs = (0..<expected.count).map { offset in
                frames[index...].prefix { $0.contents == expected[($0.number + offset) % expected.count] }.count
            }
            let longest = runs.max() ?? 0
            // Short runs are chance: empty pictures look alike.
            if longest >= 5 { matched += longest }
            index += max(longest, 1)
        }
        return Double(matched) / Double(max(frames.count, 1))
    }

    private func checkHealth(_ messages: [[String: Any]]) throws {
        let ended = messages.flatMap { $0["ended"] as? [[String: Any]] ?? [] }
        let lost = ended.filter { "\($0["kind"] ?? "")".lowercased().contains("camera_lost") }
        try #require(lost.count == 1, "\(messages)")
        let detail = "\(lost[0]["detail"] ?? "")"
        #expect(detail.contains("no frame for") && detail.contains("no such device"))
        #expect((lost[0]["lasted_ms"] as? NSNumber)?.doubleValue ?? 0 > 1000)
    }
}
