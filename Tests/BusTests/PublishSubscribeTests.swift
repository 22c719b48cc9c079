import Glibc
import Messages
import SightlineBus
import Testing

@Suite("publish and subscribe")
struct PublishSubscribeTests {
    private let bus = BusFixture()

    @Test("a message arrives with its topic, sequence and bytes")
    func arrives() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a/b", type: "test.Type")
        let subscriber = try bus.subscriber([TopicRequest("a/b", queue: .dropOldest(16))])
        let info = try #require(try subscriber.waitForConnection())
        #expect(info.name == "test" && info.session == publisher.session && info.process == getpid())
        #expect(info.topics.map(\.name) == ["a/b"] && info.topics[0].isSubscribed)
        for number in 1...10 { try topic.publish(text: "message \(number)") }
        for number in 1...10 {
            let message = try #require(try subscriber.required())
            #expect(message.text == "message \(number)")
            #expect(message.sequence == UInt64(number) && message.droppedBefore == 0 && !message.isRetained)
            #expect(message.topic == "a/b" && message.typeName == "test.Type")
            #expect(message.envelope.receiveTime >= message.envelope.publishTime)
        }
        #expect(try subscriber.next(timeout: .zero) == nil)
    }

    @Test("a late joiner receives the last value, flagged")
    func lateJoiner() throws {
        let publisher = try bus.publisher()
        let kept = try publisher.topic("health", retained: true)
        let passing = try publisher.topic("detections", retained: false)
        for number in 1...100 {
            try kept.publish(text: "kept \(number)")
            try passing.publish(text: "passing \(number)")
        }
        let subscriber = try bus.subscriber(["*"])
        let first = try #require(try subscriber.required())
        #expect(first.text == "kept 100" && first.isRetained && first.sequence == 100 && first.droppedBefore == 0)
        try passing.publish(text: "passing 101")
        let second = try #require(try subscriber.required())
        #expect(second.text == "passing 101" && !second.isRetained && second.droppedBefore == 0)
        try kept.publish(text: "kept 101")
        let third = try #require(try subscriber.required())
        #expect(third.text == "kept 101" && !third.isRetained && third.droppedBefore == 0)
    }

    @Test("a subscriber may ask for earlier values as far as the publisher keeps them")
    func history() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("log", options: TopicOptions(history: 5))
        for number in 1...9 { try topic.publish(text: "\(number)") }
        let subscriber = try bus.subscriber([TopicRequest("log", queue: .dropOldest(32), history: 1000)])
        for number in 5...9 {
            let message = try #require(try subscriber.required())
            #expect(message.text == "\(number)" && message.isRetained && message.droppedBefore == 0)
        }
    }

    @Test("a subscriber that is there first receives topics that come later")
    func laterTopics() throws {
        let subscriber = try bus.subscriber([TopicRequest("camera/*", queue: .dropOldest(8))])
        let publisher = try bus.publisher()
        _ = try #require(try subscriber.waitForConnection())
        let topic = try publisher.topic("camera/road", retained: true)
        _ = try publisher.topic("other", retained: true)
        try topic.publish(text: "late")
        #expect(try subscriber.required()?.text == "late")
        #expect(try subscriber.next(timeout: .zero).map { "\($0)" }?.contains("other") ?? true)
    }

    @Test("an empty message is a message")
    func emptyMessage() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", retained: true)
        try topic.publish(text: "")
        let subscriber = try bus.subscriber(["a"])
        let message = try #require(try subscriber.required())
        #expect(message.payload.isEmpty && message.sequence == 1)
    }

    @Test("a message of the largest size arrives whole, one byte more is refused")
    func largestMessage() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        let subscriber = try bus.subscriber(["a"])
        _ = try #require(try subscriber.waitForConnection())
        let bytes = (0..<TopicOptions.largestMessage).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try topic.publish(bytes.span.bytes)
        #expect(try subscriber.required()?.payload == bytes)
        let limit = TopicOptions.largestMessage
        #expect(throws: BusError.messageTooLarge(topic: "a", byteCount: limit + 1, limit: limit)) {
            try topic.publish((bytes + [0]).span.bytes)
        }
    }

    @Test("messages whose sizes change all the time arrive as they were sent, in order")
    func changingSizes() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .dropOldest(64))])
        _ = try #require(try subscriber.waitForConnection())
        let largest = TopicOptions.largestMessage
        let sizes = [
            10, 5000, 5000, 4999, 5001, largest, largest, 4096, 2, 0, 20_000, 9999, 20_000, 30_000, 33, 33, largest,
        ]
        for (index, size) in sizes.enumerated() {
            try topic.publish([UInt8](repeating: UInt8(index), count: size).span.bytes)
        }
        for (index, size) in sizes.enumerated() {
            let message = try #require(try subscriber.required())
            #expect(message.sequence == UInt64(index + 1) && message.droppedBefore == 0)
            #expect(message.payload == [UInt8](repeating: UInt8(index), count: size))
        }
    }

    @Test("protobuf written into the ring arrives as the message")
    func encoders() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic(.detections)
        let subscriber = try bus.subscriber(["detections"])
        _ = try #require(try subscriber.waitForConnection())
        let sequence = try topic.publish { writer in
            let header = MessageHeader(
                frameID: 1, captureTime: 2, publishTime: 3, camera: "c", sequence: topic.nextSequence)
            DetectionsEncoder.begin(
                &writer, header: header, network: "n", inferenceTime: 4, plan: .full, frameWidth: 5, frameHeight: 6)
            let box = FrameBox(x1: 1, y1: 2, x2: 3, y2: 4)
            DetectionsEncoder.append(&writer, .init(label: "car", classID: 2, score: 0.5, box: box))
        }
        let message = try #require(try subscriber.required())
        guard case .detections(let detections) = try message.decoded() else {
            Issue.record("not detections")
            return
        }
        #expect(detections.header.sequence == sequence && message.sequence == sequence)
        #expect(detections.detections.first?.label == "car")
        try topic.publish(message: detections)
        #expect(try subscriber.required()?.decode(Sightline_Detections.self) == detections)
    }

    @Test("several publishers are received by one subscriber, each named")
    func severalPublishers() throws {
        let front = try bus.publisher("front")
        let rear = try bus.publisher("rear")
        let topics = [try front.topic("x", retained: true), try rear.topic("x", retained: true)]
        for topic in topics { try topic.publish(text: "x") }
        let subscriber = try bus.subscriber(["x"])
        let names = [try subscriber.required(), try subscriber.required()].map { $0?.envelope.publisher }
        #expect(Set(names) == ["front", "rear"])
        let chosen = try bus.subscriber(["x"], publisher: "rear")
        #expect(try chosen.required()?.envelope.publisher == "rear")
    }

    @Test("the directory lists publishers with their topics")
    func list() throws {
        #expect(try BusDirectory.list(directory: bus.directory + "/nothing").isEmpty)
        let publisher = try bus.publisher()
        _ = try publisher.topic(.health, options: TopicOptions(isRetained: true))
        let listed = try BusDirectory.list(directory: bus.directory)
        #expect(listed.map(\.name) == ["test"])
        #expect(listed.first?.topics.map(\.typeName) == ["sightline.Health"])
        #expect(listed.first?.topics.first?.isRetained == true)
    }

    @Test("a closed publisher says goodbye, leaves no file and refuses to publish")
    func closing() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", retained: true)
        let subscriber = try bus.subscriber(["a"])
        _ = try #require(try subscriber.waitForConnection())
        publisher.close()
        guard case .disconnected(_, .goodbye) = try subscriber.next(timeout: .seconds(60)) else {
            Issue.record("no goodbye")
            return
        }
        #expect(bus.files.isEmpty)
        #expect(throws: BusError.closed) { try topic.publish(text: "x") }
        #expect(throws: BusError.closed) { try publisher.topic("b") }
    }

    @Test("a restarted publisher is found again and its restart is told")
    func restart() throws {
        let first = try bus.publisher()
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .dropOldest(4))])
        _ = try #require(try subscriber.waitForConnection())
        first.close()
        let second = try bus.publisher()
        try second.topic("a", retained: true).publish(text: "again")
        var restarts: [Bool] = []
        var text: String?
        while text == nil, let event = try subscriber.next(timeout: .seconds(60)) {
            if case .connected(_, let isRestart) = event { restarts.append(isRestart) }
            if case .message(let message) = event { text = message.text }
        }
        #expect(restarts == [true] && text == "again")
    }

    @Test("one name belongs to one publisher at a time")
    func names() throws {
        let first = try bus.publisher()
        #expect(throws: BusError.nameInUse(name: "test", process: getpid())) { try bus.publisher() }
        first.close()
        #expect(throws: Never.self) { try bus.publisher() }
        #expect(throws: BusError.self) { try bus.publisher("a/b") }
        #expect(throws: BusError.self) { try bus.publisher(".hidden") }
        #expect(throws: BusError.self) { try bus.publisher(String(repeating: "x", count: 65)) }
    }
}
