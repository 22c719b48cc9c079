import Foundation
import Recording
import TestSupport
import Testing

@Suite("sightline record, recording, and replay of recordings", .serialized)
struct RecordingCommandTests {
    private let folder: TemporaryFolder
    private let drive: String
    private let networks: [String]

    init() throws {
        let inputs = try ReplayInputs()
        (folder, drive, networks) = (inputs.folder, inputs.drive, inputs.networks)
    }

    private func sightline(_ arguments: String...) throws -> SightlineProcess.Outcome {
        try SightlineProcess.run(arguments, runtimeDirectory: folder.path)
    }

    private func replay(_ drive: String, _ arguments: String...) throws -> SightlineProcess.Outcome {
        try SightlineProcess.run(["replay", drive] + arguments + networks, runtimeDirectory: folder.path)
    }

    private func info(_ path: String) throws -> [String: Any] {
        let outcome = try sightline("recording", "info", path, "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try #require(outcome.objects().first)
    }

    private func count(_ topic: String, in info: [String: Any]) -> Int? {
        ((info["topics"] as? [String: Any])?[topic] as? [String: Any])?["count"] as? Int
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.file(name))) }

    @Test("Two lockstep replays have the same digest and make the same recording, which is complete and sound")
    func lockstep() throws {
        let first = try replay(drive, "--lockstep", "--digest", "--record", folder.file("a.mcap"))
        let second = try replay(drive, "--lockstep", "--digest", "--record", folder.file("b.mcap"))
        #expect(first.status == 0, "\(first.errors)")
        let digest = try #require(first.lines.dropFirst().first?.prefix(64))
        #expect(digest.count == 64 && second.lines.dropFirst().first?.prefix(64) == digest)
        #expect(first.lines.dropFirst().first?.contains(" messages") == true)
        let info = try info(folder.file("a.mcap"))
        #expect(info["complete"] as? Bool == true)
        #expect((info["gaps"] as? [Any])?.isEmpty == true)
        // The drive's own time: 20 frames at 20 Hz, whatever the log's clock says.
        #expect(abs((info["duration_s"] as? Double ?? 0) - 0.95) < 0.01)
        for topic in ["detections", "road", "camera/image", "camera/annotations/detections"] {
            #expect(count(topic, in: info) == 20, "\(topic)")
        }
        let doctor = try sightline("recording", "doctor", folder.file("a.mcap"))
        #expect(doctor.status == 0 && doctor.lines.count == 1, "\(doctor.output)")
    }

    @Test("A replay of the recording finds what was recorded; other networks do not, and it is told where")
    func comparison() throws {
        let path = folder.file("a.mcap")
        _ = try replay(drive, "--lockstep", "--record", path)
        let same = try replay(path, "--lockstep", "--compare", path)
        #expect(same.status == 0, "\(same.output) \(same.errors)")
        #expect(same.lines.contains("detections: 20 equal, 0 different, 0 only recorded, 0 only now"))
        let other = try SightlineProcess.run(
            [
                "replay", path, "--lockstep", "--compare", path, "--detection", folder.file("detection.onnx"),
                "--confidence", "0.95", "--road", "none",
            ], runtimeDirectory: folder.path)
        #expect(other.status == 1)
        #expect(
            other.lines.contains { $0.contains("detections at 0.000 s: ") && $0.contains("entries") }, "\(other.output)"
        )
        #expect(other.lines.contains("detections: 0 equal, 20 different, 0 only recorded, 0 only now"))
    }

    @Test(
        "Foxglove and the mcap package find pictures, boxes and schemas",
        .enabled(if: PythonScript.isAvailable, "\(PythonScript.absence)"))
    func viewers() throws {
        let path = folder.file("a.mcap")
        _ = try replay(drive, "--lockstep", "--record", path)
        let script = PythonScript.path("../RecordingTests/MCAP/foreign.py")
        let found = try #require(
            JSONSerialization.jsonObject(with: PythonScript.run(script, ["decode", path])) as? [String: Any])
        let images = try #require(found["images"] as? [[Int]])
        let annotations = try #require(found["annotations"] as? [[Int]])
        #expect(images.count == 20)
        #expect(images.allSatisfy { $0[1] == 128 && $0[2] == 64 })
        // Annotations line up with pictures by their time.
        #expect(Set(annotations.map { $0[0] }) == Set(images.map { $0[0] }))
        #expect(annotations.contains { $0[1] == 1 && $0[2] == 1 })
    }

    /// Waits until a recording that is being written has more than twenty detections and pictures on the disk.
    private func waitForMessages(_ path: String) throws {
        let deadline = Date(timeIntervalSinceNow: 240)
        while Date() < deadline {
            Thread.sleep(forTimeInterval: 0.1)
            guard let reader = try? MCAPReader(path: path) else { continue }
            let topics = ["detections", "camera/image"]
            var counts: [String: Int] = [:]
            let messages = reader.messages(.init(topics: topics))
            while let message = try messages.next() {
                counts[reader.index.channels[message.channelID]?.topic ?? "", default: 0] += 1
            }
            if topics.allSatisfy({ counts[$0] ?? 0 > 20 }) { return }
        }
        Issue.record("\(path) has too few messages after four minutes")
    }

    @Test("record writes what another process publishes until it is interrupted")
    func recordsAnotherProcess() throws {
        let path = folder.file("a.mcap")
        let record = try SightlineProcess(["record", path, "--json"], runtimeDirectory: folder.path)
        let replaying = try SightlineProcess(["replay", drive, "--loop"] + networks, runtimeDirectory: folder.path)
        try waitForMessages(path + ".active")
        record.process.interrupt()
        let outcome = record.finish()
        replaying.process.terminate()
        _ = replaying.finish()
        #expect(outcome.status == 0, "\(outcome.errors)")
        let info = try info(path)
        #expect(info["complete"] as? Bool == true)
        #expect(count("detections", in: info) ?? 0 > 20)
        #expect(count("camera/image", in: info) ?? 0 > 20)
        #expect(try sightline("recording", "doctor", path).status == 0)
    }

    @Test("After SIGKILL, recover saves all but the last second")
    func killed() throws {
        let path = folder.file("a.mcap")
        let record = try SightlineProcess(["record", path], runtimeDirectory: folder.path)
        let replaying = try SightlineProcess(["replay", drive, "--loop"] + networks, runtimeDirectory: folder.path)
        try waitForMessages(path + ".active")
        kill(record.process.processIdentifier, SIGKILL)
        _ = record.finish()
        replaying.process.terminate()
        _ = replaying.finish()
        #expect(!FileManager.default.fileExists(atPath: path))
        let recovered = try sightline("recording", "recover", path + ".active", "--json")
        #expect(recovered.status == 0 || recovered.status == 3)
        #expect(try recovered.objects().first?["output"] as? String == path)
        let info = try info(path)
        #expect(info["complete"] as? Bool == true)
        #expect(count("detections", in: info) ?? 0 > 20)
        #expect(try sightline("recording", "doctor", path).status == 0)
        #expect(try replay(path, "--speed", "max").status == 0)
    }

    @Test("Wrong use and damaged files end with one line and the agreed exit codes")
    func failures() throws {
        let text = folder.file("text.mcap")
        try "not a recording".write(toFile: text, atomically: true, encoding: .utf8)
        for command in ["info", "recover"] {
            let outcome = try sightline("recording", command, text)
            #expect(outcome.status == 3, "\(command)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
        #expect(try sightline("recording", "doctor", text).status == 3)
        #expect(try sightline("recording", "info", folder.file("none.mcap")).status == 2)
        #expect(try sightline("record", text).status == 2)
        #expect(try sightline("record", folder.file("no/folder/a.mcap")).status == 2)
        #expect(try replay(drive, "--digest").status == 2)
        #expect(try replay(drive, "--lockstep", "--quiet", "--digest").status == 2)
    }
}
