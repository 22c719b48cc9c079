import Foundation
import Messages
import SightlineBus
import Testing

/// `topics`, `hz`, `bw`, `delay` and `subscribe` against a publisher in the test's own process.
@Suite("bus commands", .serialized)
struct BusCommandTests {
    private let folder: TemporaryFolder
    private let publisher: BusPublisher
    private let topic: BusTopic

    init() throws {
        folder = try TemporaryFolder()
        publisher = try BusPublisher(name: "front", options: BusPublisherOptions(directory: folder.path))
        topic = try publisher.topic(.detections, options: TopicOptions(isRetained: true, history: 8))
        for number in 1...3 { try publish(UInt64(number)) }
    }

    private func publish(_ number: UInt64) throws {
        let message = Sightline_Detections.with {
            $0.header.frameID = number
            $0.detections = [
                .with {
                    $0.label = "car"
                    $0.score = 0.5
                }
            ]
        }
        try topic.publish(message: message)
    }

    private func run(_ arguments: [String]) throws -> SightlineProcess.Outcome {
        try SightlineProcess.run(arguments, runtimeDirectory: folder.path)
    }

    @Test("topics lists names for scripts, and says when a publisher does not answer")
    func topics() throws {
        #expect(try run(["topics", "--names"]).lines == ["detections"])
        #expect(try run(["topics"]).output.contains("detections  sightline.Detections  3 published, retained"))
        let absent = try run(["topics", "--publisher", "nobody"])
        #expect(absent.status == 1 && absent.errors.contains("publisher \"nobody\" does not answer"))
    }

    @Test("subscribe prints the selected fields of one message and ends")
    func fields() throws {
        let outcome = try run(["subscribe", "detections", "--once", "--fields", "frame_id,detections.label"])
        #expect(outcome.status == 0)
        #expect(outcome.lines == [#"{"frame_id": 3, "detections": [{"label": "car"}]}"#])
    }

    @Test("subscribe refuses fields that the topic does not have, and names those it has")
    func wrongFields() throws {
        let outcome = try run(["subscribe", "detections", "--once", "--fields", "speed"])
        #expect(outcome.status == 2 && outcome.errors.contains("has none of these keys; it has topic, publisher"))
    }

    @Test("subscribe gives the history that it asks for")
    func history() throws {
        let outcome = try run(["subscribe", "detections", "--history", "8", "--count", "3", "--fields", "frame_id"])
        #expect(outcome.lines == [1, 2, 3].map { #"{"frame_id": \#($0)}"# })
    }

    @Test("subscribe --timeout ends with exit code 1 when nothing comes, and says who is there")
    func timeout() throws {
        let outcome = try run(["subscribe", "road", "--timeout", "0.3"])
        #expect(outcome.status == 1 && outcome.errors.contains("no message within 0.3 s; connected: front"))
    }

    @Test("hz, bw and delay measure several topics at once", arguments: ["hz", "bw", "delay"])
    func measures(command: String) throws {
        let measuring = try SightlineProcess(
            [command, "detections", "road", "--duration", "1.5", "--json"], runtimeDirectory: folder.path)
        while measuring.process.isRunning {
            try publish(4)
            Thread.sleep(forTimeInterval: 0.02)
        }
        let objects = try measuring.finish().objects()
        let topics = Set(objects.compactMap { $0["topic"] as? String })
        #expect(topics == ["detections", "road"])
        let last = try #require(objects.last { $0["topic"] as? String == "detections" })
        #expect((last["hz"] as? Double ?? 0) > 0 && (last["bytes_per_s"] as? Double ?? 0) > 0)
        #expect((last["publish_to_receive_ms"] as? [String: Any])?["p99"] is Double)
    }

    @Test(
        "wrong options are wrong use",
        arguments: [["hz"], ["subscribe", "--count", "0"], ["delay", "a", "--window", "1"]])
    func wrongUse(arguments: [String]) throws {
        #expect(try run(arguments).status == 2)
    }
}
