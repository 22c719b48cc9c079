import Foundation
import ONNX
import Recording
import SightlineBus
import TestSupport
import Testing

@Suite("sightline replay and subscribe", .serialized)
struct ReplayTests {
    private let folder: TemporaryFolder
    private let drive: String
    private let networks: [String]

    init() throws {
        let inputs = try ReplayInputs()
        (folder, drive, networks) = (inputs.folder, inputs.drive, inputs.networks)
    }

    @Test("a second process receives detections and road with increasing capture times and plausible ages")
    func publishes() throws {
        let subscriber = try SightlineProcess(
            ["subscribe", "detections", "road", "--json", "--count", "20"], runtimeDirectory: folder.path)
        let replay = try SightlineProcess(["replay", drive, "--loop"] + networks, runtimeDirectory: folder.path)
        let received = subscriber.finish()
        replay.process.terminate()
        let replayed = replay.finish()
        #expect(received.status == 0)
        #expect(replayed.status == 0, "\(replayed.errors)")
        let objects = try received.objects()
        #expect(objects.count == 20)
        let detections = objects.filter { $0["topic"] as? String == "detections" }
        let captures = detections.compactMap { ($0["capture_time_ns"] as? NSNumber)?.int64Value }
        #expect(!captures.isEmpty && zip(captures, captures.dropFirst()).allSatisfy { $0 < $1 })
        #expect(objects.allSatisfy { ($0["age_ms"] as? NSNumber)?.doubleValue ?? -1 >= 0 })
        let first = try #require((detections.first?["detections"] as? [[String: Any]])?.first)
        #expect(first["label"] as? String == "car")
        // The network's box is 32x16 in the middle of 64x64; the frame of 128x64 fills its width.
        #expect((first["box"] as? [NSNumber])?.map(\.doubleValue) == [32, 16, 96, 48])
        let road = try #require(objects.first { $0["topic"] as? String == "road" }?["road"] as? [String: Any])
        let share = try #require((road["drivable_share"] as? NSNumber)?.doubleValue)
        #expect(abs(share - 0.5) < 0.05)
    }

    @Test("two lockstep replays publish the same bytes")
    func lockstep() throws {
        func run(_ name: String) throws -> [[UInt8]] {
            let path = folder.file(name)
            let replay = try SightlineProcess.run(
                ["replay", drive, "--lockstep", "--start", "0", "--record", path] + networks,
                runtimeDirectory: folder.path)
            #expect(replay.status == 0, "\(replay.errors)")
            // The recorder is there before the first frame, which no other subscriber can be sure of.
            let messages = try MCAPReader(path: path).messages(.init(topics: ["detections", "road"]))
            var contents: [[UInt8]] = []
            while let message = try messages.next() { contents.append([UInt8](message.data)) }
            return contents
        }
        let first = try run("first.mcap")
        #expect(first.count == 40)
        #expect(try run("second.mcap") == first)
    }

    /// Waits until a replay publishes.
    private func waitForDetections() throws {
        let subscriber = try BusSubscriber(["detections"], options: .init(directory: folder.path))
        _ = try #require(try subscriber.nextMessage(timeout: .seconds(240)))
    }

    @Test("an annotated video has the drive's frames, and the summary counts them")
    func annotates() throws {
        let outcome = try SightlineProcess.run(
            ["replay", drive, "--annotate", folder.file("out.mp4"), "--json"] + networks, runtimeDirectory: folder.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let summary = try #require(try outcome.objects().first)
        #expect((summary["frames"] as? NSNumber)?.intValue == 20)
        #expect((summary["dropped"] as? NSNumber)?.intValue == 0)
        let again = try SightlineProcess.run(
            ["replay", folder.file("out.mp4"), "--speed", "max", "--quiet", "--json"] + networks)
        #expect((try again.objects().first?["frames"] as? NSNumber)?.intValue == 20)
    }

    @Test("an interrupt ends a replay with its summary and a readable video")
    func interrupted() throws {
        let replay = try SightlineProcess(
            ["replay", drive, "--loop", "--speed", "1", "--annotate", folder.file("cut.mp4"), "--json"] + networks,
            runtimeDirectory: folder.path)
        try waitForDetections()
        replay.process.interrupt()
        let outcome = replay.finish()
        #expect(outcome.status == 0, "\(outcome.errors)")
        let summary = try #require(try outcome.objects().first)
        #expect(summary["interrupted"] as? Bool == true)
        let frames = try #require((summary["frames"] as? NSNumber)?.intValue)
        #expect(frames > 0)
        let again = try SightlineProcess.run(
            ["replay", folder.file("cut.mp4"), "--speed", "max", "--quiet", "--json"] + networks)
        #expect((try again.objects().first?["frames"] as? NSNumber)?.intValue == frames)
    }

    @Test("topics lists the publisher, hz measures its rate")
    func tools() throws {
        let replay = try SightlineProcess(["replay", drive, "--loop"] + networks, runtimeDirectory: folder.path)
        defer { replay.process.terminate() }
        try waitForDetections()
        let rate = try SightlineProcess.run(
            ["hz", "detections", "--duration", "2", "--json"], runtimeDirectory: folder.path)
        let measured = try #require(try rate.objects().last)
        #expect((measured["messages"] as? NSNumber)?.intValue ?? 0 > 0)
        let topics = try SightlineProcess.run(["topics", "--json"], runtimeDirectory: folder.path)
        let names = (try topics.objects().first?["topics"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
        #expect(Set(names ?? []).isSuperset(of: ["detections", "road", "timing", "health"]))
    }

    @Test(
        "real networks find cars on nearly every frame of a real drive",
        .enabled(
            if: SharedFiles.exists("drives/autoware_highway_1024_512.mp4") && SharedFiles.exists("models/peers"),
            "\(SharedFiles.absence)"))
    func realDrive() throws {
        let subscriber = try SightlineProcess(
            ["subscribe", "detections", "road", "--json", "--count", "60"], runtimeDirectory: folder.path)
        let replay = try SightlineProcess(
            [
                "replay", SharedFiles.path("drives/autoware_highway_1024_512.mp4"), "--speed", "max",
                "--detection", SharedFiles.path("models/peers/yolo11n.ort_int8.onnx"),
                "--road", SharedFiles.path("models/twinliteplus_nano.onnx"), "--duration", "8",
            ], runtimeDirectory: folder.path)
        let received = subscriber.finish()
        replay.process.terminate()
        _ = replay.finish()
        let objects = try received.objects()
        let frames = objects.compactMap { $0["detections"] as? [[String: Any]] }
        let withCars = frames.filter { $0.contains { ["car", "truck"].contains($0["label"] as? String) } }
        #expect(frames.count > 10 && Double(withCars.count) > 0.9 * Double(frames.count))
        let shares = objects.compactMap {
            (($0["road"] as? [String: Any])?["drivable_share"] as? NSNumber)?.doubleValue
        }
        #expect(!shares.isEmpty && shares.allSatisfy { $0 > 0.15 && $0 < 0.6 })
    }
}
