import Foundation
import Imaging
import Messages
import Recording
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

/// What a recording holds, by the frames' capture times.
private struct LiveRecording {
    /// The pictures' files.
    private(set) var images: [Int64: Data] = [:]
    /// Labels, scores and boxes.
    private(set) var detections: [Int64: [String]] = [:]

    init(_ path: String) throws {
        let reader = try MCAPReader(path: path)
        let messages = reader.messages(.init(topics: ["camera/image", "detections"]))
        while let message = try messages.next() {
            guard let channel = reader.index.channels[message.channelID] else { continue }
            let offset = channel.metadata["time_offset_ns"].flatMap { Int64($0) } ?? 0
            if channel.topic == "camera/image" {
                let (time, file) = Self.picture(message.data)
                images[time - offset] = file
            } else {
                let content = try DecodedMessage(.detections, serializedBytes: [UInt8](message.data))
                guard case .detections(let list) = content else { continue }
                detections[list.header.captureTimeNs] = list.detections.map { found in
                    let box = found.box
                    return "\(found.label) \(found.score) \(box.x1) \(box.y1) \(box.x2) \(box.y2)"
                }
            }
        }
    }

    /// Stamp and content of a `foxglove.CompressedImage`, fields 1 and 2.
    private static func picture(_ message: UnsafeRawBufferPointer) -> (time: Int64, file: Data) {
        var reader = ProtobufReader(message)
        var (time, file) = (Int64(0), Data())
        while let (field, value) = reader.next() {
            if field == 1 { time = timestamp(value.bytes) }
            if field == 2 { file = Data(value.bytes) }
        }
        return (time, file)
    }

    private static func timestamp(_ message: UnsafeRawBufferPointer) -> Int64 {
        var reader = ProtobufReader(message)
        var time: Int64 = 0
        while let (field, value) = reader.next() {
            if field == 1 { time += value.signed * 1_000_000_000 }
            if field == 2 { time += value.signed }
        }
        return time
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
    private static let frames = 20

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

    /// What the same pictures give in replay, in their order.
    private func replayed() throws -> [[String]] {
        let path = folder.file("expected.mcap")
        let replay = try SightlineProcess.run(
            ["replay", folder.file("pictures"), "--lockstep", "--record", path, "--threads", "1"]
                + ["--detection", network, "--road", "none"],
            runtimeDirectory: folder.path)
        #expect(replay.status == 0, "\(replay.errors)")
        return try LiveRecording(path).detections.sorted { $0.key < $1.key }.map(\.value)
    }

    @Test("detections match those of the file; unplugged and plugged in again they resume, and health names the gap")
    func liveDrive() throws {
        try "camera: {device: /dev/video9, full_size: true}\n".write(
            toFile: folder.file("camera.yaml"), atomically: true, encoding: .utf8)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../VirtualCameras/live-drive").standardized.path
        let outcome = try VirtualMachine.run(
            ["-t", "600", "-w", folder.path, "--", "env", "SIGHTLINE_LIVE_SECONDS=2", "SIGHTLINE_LIVE_MESSAGES=20"]
                + [
                    script, SightlineProcess.executable.deletingLastPathComponent().path, folder.file("pictures"),
                    folder.path, "1",
                ]
                + ["--config", folder.file("camera.yaml"), "--threads", "1", "--detection", network, "--road", "none"]
                + ["--record", folder.file("live.mcap")])
        #expect(outcome.status == 0, "\(outcome.lines) \(outcome.errors)")
        try checkDetections()
        try checkHealth(try objects("health.jsonl"))
    }

    /// Each picture as it came has exactly the detections of the file that was fed. The recording tells which one that is: the
    /// loopback device overwrites buffers that it has handed out, so that on a slow machine a frame may hold a later picture
    /// than its number says, or parts of two.
    private func checkDetections() throws {
        let expected = try replayed()
        try #require(expected.count == Self.frames)
        let files = try (1...Self.frames).map { number in
            let name = "pictures/" + String(repeating: "0", count: 4 - "\(number)".count) + "\(number).jpg"
            return try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        }
        let live = try LiveRecording(folder.file("live.mcap"))
        var whole = 0
        for (time, image) in live.images {
            guard let index = files.firstIndex(where: { image.prefix($0.count) == $0 }) else { continue }
            guard let found = live.detections[time] else { continue }
            whole += 1
            #expect(found == expected[index], "picture \(index + 1)")
        }
        #expect(whole >= 5, "\(whole) whole pictures of \(live.images.count)")
    }

    /// Runs `sightline` in the virtual machine.
    private func sightline(_ arguments: [String]) throws -> VirtualMachine.Outcome {
        try VirtualMachine.run(
            ["-t", "500", "-w", folder.path, "--", "env", "SIGHTLINE_CACHE=" + folder.file("cache")]
                + [SightlineProcess.executable.path] + arguments)
    }

    @Test("info describes a live camera, and snapshot takes its picture")
    func describing() throws {
        let (info, picture) = (folder.file("info.json"), folder.file("look.png"))
        // Both in one virtual machine, which takes a while to boot.
        let outcome = try VirtualMachine.run(
            ["-t", "500", "-w", folder.path, "--", "sh", "-ec"]
                + ["\"$0\" camera info /dev/video0 --json >\"$1\"; \"$0\" camera snapshot $2 \"$3\" --timeout 300"]
                + [SightlineProcess.executable.path, info, "/dev/video0 --size 640x360", picture])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let text = try Data(contentsOf: URL(fileURLWithPath: info))
        let described = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(described["driver"] as? String == "vivid")
        let formats = try #require(described["formats"] as? [[String: Any]])
        #expect(formats.contains { $0["fourcc"] as? String == "NV12" })
        let header = try ImageFile.header(picture)
        #expect(header.width == 640 && header.height == 360)
    }

    @Test("two live cameras run side by side, and every frame of one is looked up among the other's")
    func twoCameras() throws {
        try SmallNetworks.detection().write(to: folder.file("small.onnx"))
        try """
        detection: {model: small.onnx}
        threads: 1
        cameras:
          - {name: front, device: /dev/video0, size: 640x360}
          - {name: rear, device: /dev/video1, size: 640x360}
        recording: both.mcap

        """.write(toFile: folder.file("two.yaml"), atomically: true, encoding: .utf8)
        let run = try sightline(["run", "--config", folder.file("two.yaml"), "--frames", "20", "--json"])
        #expect(run.status == 0, "\(run.errors)")
        let summaries = try run.lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(summaries.map { $0["camera"] as? String } == ["front", "rear"])
        for summary in summaries {
            #expect(summary["frames"] as? Int == 20)
            let pair = try #require((summary["pairs"] as? [[String: Any]])?.first)
            #expect((pair["paired"] as? Int ?? 0) + (pair["alone"] as? Int ?? 0) == 20)
            #expect(pair["largest_skew_ms"] as? Double ?? 99 <= 25)
        }
        let reader = try MCAPReader(path: folder.file("both.mcap"))
        let topics = Set(reader.index.channels.values.map(\.topic))
        #expect(topics.isSuperset(of: ["front/image", "rear/image", "front/pairs", "rear/pairs"]), "\(topics)")
    }

    private func checkHealth(_ messages: [[String: Any]]) throws {
        let ended = messages.flatMap { $0["ended"] as? [[String: Any]] ?? [] }
        let lost = ended.filter { "\($0["kind"] ?? "")".lowercased().contains("camera_lost") }
        // On a slow machine there may be other silences.
        let unplugged = try #require(
            lost.first { "\($0["detail"] ?? "")".contains("no such device") }, "\(messages)")
        #expect((unplugged["lasted_ms"] as? NSNumber)?.doubleValue ?? 0 > 1000)
    }
}
