import Foundation
import Messages
import SightlineBus
import TestSupport
import Testing

/// `replay --record` onto a file system of three megabytes, which lives in a mount namespace of the command's own.
@Suite("Recording onto a full disk")
struct FullDiskTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Replays noise without an end; at its end what lies on the small disk is copied to `saved`.
    private func startReplay(_ mount: String, _ saved: String) throws -> Process {
        let noisy = folder.file("noisy.mcap")
        try NoisyDrive.write(noisy)
        try SmallNetworks.detection().write(to: folder.file("detection.onnx"))
        let script = """
            mount -t tmpfs -o size=3m tmpfs \(mount) || exit 9
            "$@" & replay=$!
            trap 'kill -INT $replay' TERM
            while kill -0 $replay 2>/dev/null; do wait $replay; done
            cp \(mount)/* \(saved)/
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["unshare", "-rm", "sh", "-c", script, "sh", SightlineProcess.executable.path, "replay", noisy, "--loop"]
            + ["--record", mount + "/a.mcap", "--detection", folder.file("detection.onnx"), "--road", "none"]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "SIGHTLINE_RUNTIME_DIR": folder.path, "SIGHTLINE_CACHE": folder.path + "/cache",
        ]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Waits for a message that is as wanted; false when none has come within four minutes.
    private func hears(_ topic: String, _ isWanted: (BusMessage) throws -> Bool) throws -> Bool {
        let subscriber = try BusSubscriber(
            [TopicRequest(topic, queue: .dropOldest(1000))], options: .init(directory: folder.path))
        let deadline = Date(timeIntervalSinceNow: 240)
        while Date() < deadline {
            if let message = try subscriber.nextMessage(timeout: .seconds(1)), try isWanted(message) { return true }
        }
        return false
    }

    @Test(
        "perception goes on, health says so, and what was written is complete",
        .enabled(if: canMount, "needs user namespaces"))
    func fullDisk() throws {
        let (mount, saved) = (folder.file("disk"), folder.file("saved"))
        for path in [mount, saved] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let process = try startReplay(mount, saved)
        let isTold = try hears("health") { message in
            let health = try message.decode(Sightline_Health.self)
            return health.causes.contains { $0.kind == .diskFull && $0.detail.contains("the disk is full") }
        }
        #expect(isTold)
        var later = 0
        let goesOn = try hears("detections") { _ in
            later += 1
            return later == 5
        }
        #expect(goesOn)
        process.terminate()
        let deadline = Date(timeIntervalSinceNow: 120)
        while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.02) }
        try #require(!process.isRunning, "the replay does not end")
        try checkRecording(saved + "/a.mcap")
    }

    private func checkRecording(_ path: String) throws {
        let info = try #require(try SightlineProcess.run(["recording", "info", path, "--json"]).objects().first)
        #expect(info["complete"] as? Bool == true)
        let images = (info["topics"] as? [String: Any])?["camera/image"] as? [String: Any]
        #expect(images?["count"] as? Int ?? 0 > 5)
        #expect(try SightlineProcess.run(["recording", "doctor", path]).status == 0)
    }
}
