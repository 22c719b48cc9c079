import Foundation
import Glibc
import Messages
import Platform
import Recording
import SightlineBus
import Testing

import Runtime

/// `sightline run --record`, with imitated cameras.
@Suite("Recording of a live run", .serialized)
struct RunRecordingTests {
    /// What a recording holds.
    private struct Contents {
        let reader: MCAPReader
        var messages: [String: [(sequence: UInt32, data: Data)]] = [:]
        let gaps: [RecordingGap]

        init(_ path: String) throws {
            reader = try MCAPReader(path: path)
            gaps = try RecordingGap.read(reader)
            let all = reader.messages()
            while let message = try all.next() {
                let topic = reader.index.channels[message.channelID]?.topic ?? ""
                messages[topic, default: []].append((message.sequence, Data(message.data)))
            }
        }

        func lost(_ topic: String) -> Int { gaps.filter { $0.topic == topic }.reduce(0) { $0 + Int($1.lost) } }

        /// Whether messages that are missing in between are told of.
        func tellsOfLosses(_ topic: String, as name: String) throws -> Bool {
            let found = try #require(messages[topic])
            let span = Int(found[found.count - 1].sequence) - Int(found[0].sequence) + 1
            return found.count + lost(name) >= span
        }
    }

    /// What a test sees of a run, frame by frame.
    private final class Watch: @unchecked Sendable {
        // Sendable without checking is sound: the loop's thread uses it while the run lasts, the test before and after.
        let run: CameraRun
        var framesWhileHeld = 0
        private let subscriber: BusSubscriber
        private(set) var kinds: Set<Sightline_HealthCause.Kind> = []
        private(set) var details: [String] = []

        init(_ run: CameraRun, publisher: String) throws {
            self.run = run
            subscriber = try BusSubscriber(
                [TopicRequest("health", queue: .dropOldest(100))], options: .init(publisher: publisher))
        }

        func readHealth() throws {
            while let message = try subscriber.nextMessage(timeout: .zero) {
                let health = try message.decode(Sightline_Health.self)
                for cause in health.causes + health.ended where cause.stage.hasPrefix("recording ") {
                    kinds.insert(cause.kind)
                    details.append(cause.detail)
                }
            }
        }
    }

    /// A frame on which a test gives up, so that a failure ends.
    private static let limit = 20_000

    @Test("a recording has the camera's JPEGs as they came, and all that was published")
    func asItCame() throws {
        let live = try LiveFixture()
        let path = live.loop.folder + "/a.mcap"
        let run = try live.run(live.configuration(), recordingTo: path)
        _ = try run.run { _, report in report.framesProcessed < 20 }
        let condition = try #require(run.recordingCondition)
        #expect(condition.isWhole && condition.files == 1)
        let contents = try Contents(path)
        #expect(contents.reader.isComplete)
        let images = try #require(contents.messages["camera/image"])
        #expect(images.allSatisfy { image in live.files.contains { image.data.range(of: $0) != nil } })
        #expect(try contents.tellsOfLosses("camera/image", as: "frame"))
        for topic in ["detections", "road", "timing"] {
            #expect(try contents.tellsOfLosses(topic, as: topic))
        }
        for topic in ["health", "camera/annotations/detections", "camera/annotations/road"] {
            #expect(contents.messages[topic] != nil, "\(topic)")
        }
        #expect(try MCAPDoctor.examine(path).findings == [])
    }

    @Test("several cameras are recorded into one file, each under its name")
    func severalCameras() throws {
        let live = try LiveFixture(cameras: 2)
        let names = [LoopFixture.busName(), LoopFixture.busName()]
        let path = live.loop.folder + "/a.mcap"
        let run = try live.run(live.configuration(names: names), recordingTo: path)
        _ = try run.run { _, report in report.framesProcessed < 20 }
        #expect(run.recordingCondition?.isWhole == true)
        let contents = try Contents(path)
        for name in names {
            for topic in ["image", "detections", "annotations/road"] {
                #expect(contents.messages[name + "/" + topic] != nil, "\(topic)")
            }
        }
        #expect(contents.messages["detections"] == nil)
        #expect(try MCAPDoctor.examine(path).findings == [])
    }

    @Test("while the disk keeps the recording waiting, perception goes on; health and the file tell what was lost")
    func slowDisk() throws {
        let live = try LiveFixture()
        let path = live.loop.folder + "/a.mcap"
        let disk = TestDisk()
        let configuration = live.configuration()
        let run = try live.run(configuration, recordingTo: path, disk: disk.disk)
        let watch = try Watch(run, publisher: configuration.name)
        disk.hold(true)
        _ = try run.run { _, report in
            if watch.framesWhileHeld < 60 {
                watch.framesWhileHeld += disk.hasWaiter ? 1 : 0
                if watch.framesWhileHeld == 60 || report.framesProcessed == Self.limit { disk.hold(false) }
                return report.framesProcessed < Self.limit
            }
            try? watch.readHealth()
            return !watch.kinds.contains(.diskSlow) && report.framesProcessed < Self.limit
        }
        #expect(watch.framesWhileHeld == 60)
        #expect(watch.kinds.contains(.diskSlow))
        let condition = try #require(run.recordingCondition)
        #expect(condition.lostOnBus > 0 && condition.lostOnDisk == 0)
        let contents = try Contents(path)
        #expect(contents.reader.isComplete && contents.lost("frame") > 0)
        #expect(try contents.tellsOfLosses("camera/image", as: "frame"))
        #expect(try MCAPDoctor.examine(path).findings == [])
    }

    @Test("on a read-only disk a run begins and goes on; it records as soon as it can")
    func readOnlyDisk() throws {
        let live = try LiveFixture()
        let path = live.loop.folder + "/a.mcap"
        let disk = TestDisk()
        disk.refuseFiles(EROFS)
        let configuration = live.configuration()
        let run = try live.run(configuration, recordingTo: path, disk: disk.disk)
        let watch = try Watch(run, publisher: configuration.name)
        _ = try run.run { _, report in
            try? watch.readHealth()
            if watch.kinds.contains(.diskFull) { disk.refuseFiles(0) }
            return watch.run.recordingCondition?.messages == 0 && report.framesProcessed < Self.limit
        }
        #expect(watch.details.contains { $0.contains("Read-only file system") }, "\(watch.details)")
        let condition = try #require(run.recordingCondition)
        #expect(condition.files == 1 && condition.lostOnDisk > 0 && condition.state == .writing)
        let contents = try Contents(path)
        #expect(contents.reader.isComplete && contents.messages["detections"] != nil)
        #expect(contents.gaps.contains { $0.topic == "detections" && $0.reason == "the disk did not take them" })
        #expect(try MCAPDoctor.examine(path).findings == [])
    }

    @Test("a file that exists, or a folder that does not, is refused before the run begins")
    func refusals() throws {
        let live = try LiveFixture()
        let path = live.loop.folder + "/a.mcap"
        try Data([1]).write(to: URL(fileURLWithPath: path))
        #expect(throws: RuntimeError.self) { try live.run(live.configuration(), recordingTo: path) }
        #expect(throws: RuntimeError.self) {
            try live.run(live.configuration(), recordingTo: live.loop.folder + "/none/a.mcap")
        }
    }

    @Test("a folder stands for a file in it that is named for the moment")
    func folders() {
        let moment: Int64 = 1_795_795_445_000_000_000
        #expect(RecordingName.resolve("/none/a.mcap", moment: moment) == "/none/a.mcap")
        #expect(RecordingName.resolve("/none/", moment: moment) == "/none/2026-11-27T16-04-05.mcap")
        #expect(RecordingName.resolve("/tmp", moment: moment) == "/tmp/2026-11-27T16-04-05.mcap")
    }
}
