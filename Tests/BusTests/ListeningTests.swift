import Messages
import SightlineBus
import Synchronization
import Testing

@Suite("async and callbacks")
struct ListeningTests {
    private let bus = BusFixture()

    private var options: BusSubscriberOptions { BusSubscriberOptions(directory: bus.directory) }

    @Test("an async loop receives what is published", .timeLimit(.minutes(10)))
    func asyncLoop() async throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        var received: [UInt64] = []
        loop: for try await event in BusEvents([TopicRequest("a", queue: .dropOldest(64))], options: options) {
            switch event {
            case .connected: for number in 1...20 { try topic.publish(text: "\(number)") }
            case .message(let message):
                received.append(message.sequence)
                if message.sequence == 20 { break loop }
            default: break
            }
        }
        #expect(received == Array(1...20))
    }

    @Test("cancelling the task ends the loop", .timeLimit(.minutes(10)))
    func cancellation() async throws {
        let options = self.options
        let task = Task {
            var count = 0
            for try await _ in BusEvents(["a"], options: options) { count += 1 }
            return count
        }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        #expect(try await task.value == 0)
    }

    @Test("an async loop throws when the directory is unsafe", .timeLimit(.minutes(10)))
    func asyncFailure() async throws {
        let events = BusEvents(["a"], options: BusSubscriberOptions(directory: "/dev/null"))
        var iterator = events.makeAsyncIterator()
        await #expect(throws: BusError.self) { try await iterator.next() }
    }

    @Test("a callback receives what is published, and none comes after stop")
    func callback() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a")
        let received = Mutex<[UInt64]>([])
        let listener = try BusListener([TopicRequest("a", queue: .dropOldest(64))], options: options) { event in
            if case .message(let message) = event { received.withLock { $0.append(message.sequence) } }
        }
        #expect(eventually { topic.hasSubscribers })
        for _ in 1...20 { try topic.publish(text: "x") }
        #expect(eventually { received.withLock { $0.count } == 20 })
        listener.stop()
        try topic.publish(text: "x")
        #expect(received.withLock { $0 } == Array(1...20))
    }

    private func publishDetections(_ topic: BusTopic, _ label: String) throws {
        try topic.publish(message: Sightline_Detections.with { $0.detections = [.with { $0.label = label }] })
    }

    @Test("an async loop over one schema receives its messages decoded, and no others", .timeLimit(.minutes(10)))
    func typedLoop() async throws {
        let publisher = try bus.publisher()
        let retained = TopicOptions(isRetained: true)
        try publisher.topic(.health, options: retained).publish(message: Sightline_Health())
        let topic = try publisher.topic(.detections, options: retained)
        try publishDetections(topic, "car")
        var received: [String] = []
        let messages = BusMessages(
            Sightline_Detections.self, [TopicRequest("*", queue: .dropOldest(8))], options: options)
        for try await message in messages {
            #expect(message.envelope.topic == "detections")
            received.append(message.content.detections[0].label)
            if received.count == 2 { break }
            try publishDetections(topic, "bus")
        }
        #expect(received == ["car", "bus"])
    }

    @Test("a loop over one schema ends with an error when the bytes are not of it", .timeLimit(.minutes(10)))
    func typedLoopOfDamage() async throws {
        let publisher = try bus.publisher()
        try publisher.topic(.detections, options: TopicOptions(isRetained: true)).publish([0xFF, 0xFF].span.bytes)
        var iterator = BusMessages(Sightline_Detections.self, ["detections"], options: options).makeAsyncIterator()
        await #expect(throws: BusError.self) { try await iterator.next() }
    }

    @Test("a typed callback receives messages decoded")
    func typedCallback() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic(.detections, options: TopicOptions(isRetained: true))
        try publishDetections(topic, "car")
        let received = Mutex<[String]>([])
        let listener = try BusListener(Sightline_Detections.self, ["*"], options: options) { message in
            received.withLock { $0.append(message.content.detections[0].label) }
        }
        #expect(eventually { received.withLock { $0 } == ["car"] })
        listener.stop()
    }

    @Test("a recorder in the publisher's own process gets every message of a flood, or knows how many are missing")
    func recorder() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: TopicOptions(messageByteLimit: 1024))
        let frames = try publisher.frames(
            options: FrameOptions(frameByteLimit: 4096, slotCount: 16, leaseLimit: 14, leaseTime: .max))
        let counts = Mutex<(messages: UInt64, frames: UInt64, lost: UInt64, broken: UInt64)>((0, 0, 0, 0))
        let listener = try BusListener(
            [TopicRequest("a", queue: .dropOldest(4096)), TopicRequest("frame", queue: .dropOldest(64))],
            options: options
        ) { event in
            guard case .message(let message) = event else { return }
            let frame = message.frame.flatMap { lease in
                try? lease.withBytes(of: message.decode(Sightline_Frame.self)) { $0.allSatisfy { $0 == 7 } }
            }
            counts.withLock {
                $0.lost += message.droppedBefore
                if message.topic == "a" { $0.messages += 1 } else { $0.frames += 1 }
                if message.topic == "frame" && frame != true { $0.broken += 1 }
            }
        }
        #expect(eventually { topic.hasSubscribers && frames.hasSubscribers })
        let header = MessageHeader(frameID: 1, captureTime: 0, publishTime: 0, camera: "", sequence: 1)
        for number in 1...2000 {
            try topic.publish(text: "\(number)")
            guard number % 10 == 0 else { continue }
            guard let slot = frames.acquire() else {
                frames.countLost()
                continue
            }
            slot.bytes.initializeMemory(as: UInt8.self, repeating: 7)
            try frames.publish(
                slot, length: 4096, header: header, width: 64, height: 64, pixelFormat: .gray8, planes: [])
        }
        // The gap at the end shows with the next frame, so there is one more of those for which a slot is free.
        #expect(eventually { frames.slotsHeld == 0 })
        if let slot = frames.acquire() {
            slot.bytes.initializeMemory(as: UInt8.self, repeating: 7)
            try frames.publish(
                slot, length: 4096, header: header, width: 64, height: 64, pixelFormat: .gray8, planes: [])
        }
        #expect(eventually { counts.withLock { $0.messages + $0.frames + $0.lost } == 2201 })
        #expect(counts.withLock { $0.messages == 2000 && $0.broken == 0 })
        listener.stop()
    }

    @Test("a waker ends a wait")
    func waker() throws {
        let subscriber = try bus.subscriber(["a"])
        subscriber.waker.wake()
        #expect(try subscriber.next() == nil)
    }

    @Test("topics may be published from several threads, one each; one topic from two is refused or done, never broken")
    func threads() throws {
        let publisher = try bus.publisher()
        let topics = try (0..<4).map { try publisher.topic("t\($0)") }
        let shared = try publisher.topic("shared", options: TopicOptions(slotCount: 4096))
        let received = Mutex<[String: UInt64]>([:])
        let requests = [TopicRequest("*", queue: .dropOldest(4000))]
        var options = self.options
        options.name = "threads"
        let listener = try BusListener(requests, options: options) { event in
            guard case .message(let message) = event else { return }
            received.withLock { $0[message.topic, default: 0] += 1 + message.droppedBefore }
        }
        #expect(eventually { shared.hasSubscribers })
        let refused = Atomic<UInt64>(0)
        concurrently(4) { thread in
            for _ in 0..<500 {
                try? topics[thread].publish(text: "x")
                do throws(BusError) {
                    try shared.publish(Array("y".utf8).span.bytes)
                } catch {
                    if case .concurrentPublish = error { refused.wrappingAdd(1, ordering: .relaxed) }
                }
            }
        }
        let expected = 2000 - refused.load(ordering: .relaxed)
        #expect(eventually { received.withLock { counts in (0..<4).allSatisfy { counts["t\($0)"] == 500 } } })
        #expect(eventually { received.withLock { $0["shared"] } == expected })
        listener.stop()
    }
}
