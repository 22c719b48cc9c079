import SightlineBus
import TestSupport
import Testing

@Suite("queue policies", .enabled(if: TimingTests.areWanted, "\(TimingTests.absence)"))
struct QueuePolicyTests {
    private let bus = BusFixture()

    /// Room for every message of a test, so that a busy machine that keeps the publisher's I/O thread from running between the
    /// subscription and the messages changes nothing.
    private let deep = TopicOptions(messageByteLimit: 1024, slotCount: 2048)

    /// What a subscriber with this queue receives that sleeps while `count` messages are published, then reads.
    private func received(_ queue: QueuePolicy, published count: Int) throws -> (messages: [BusMessage], end: String?) {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: deep)
        let subscriber = try bus.subscriber([TopicRequest("a", queue: queue)])
        _ = try #require(try subscriber.waitForConnection())
        for number in 1...count { try topic.publish(text: "\(number)") }
        var messages: [BusMessage] = []
        while let event = try subscriber.next(timeout: .milliseconds(300)) {
            switch event {
            case .message(let message): messages.append(message)
            case .disconnected(_, let reason): return (messages, "\(reason)")
            default: break
            }
        }
        return (messages, nil)
    }

    /// Every message is either received or counted as lost before the next one that is.
    private func accounted(_ messages: [BusMessage]) -> Bool {
        var last: UInt64 = 0
        for message in messages {
            guard message.sequence > last, message.droppedBefore == message.sequence - last - 1,
                message.text == "\(message.sequence)"
            else { return false }
            last = message.sequence
        }
        return true
    }

    @Test("latest gives the newest message and counts the others")
    func latest() throws {
        let (messages, end) = try received(.latest, published: 1000)
        #expect(accounted(messages) && end == nil)
        #expect(messages.last?.sequence == 1000)
        // Two may wait in the kernel; the first of them is replaced by the second when both are read in one go.
        #expect(messages.count <= 3)
    }

    @Test("drop-oldest keeps the newest n", arguments: [1, 7, 100])
    func dropOldest(depth: Int) throws {
        let (messages, end) = try received(.dropOldest(depth), published: 1000)
        #expect(accounted(messages) && end == nil)
        let newest = messages.suffix(depth).map(\.sequence)
        #expect(newest == Array(UInt64(1000 - depth + 1)...1000))
        // Beyond the queue only what the kernel holds: at most two rounds of the allowance.
        #expect(messages.count <= depth + 2 * min(depth, 16) + 1)
    }

    @Test("drop-newest keeps the oldest n", arguments: [1, 7, 100])
    func dropNewest(depth: Int) throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: deep)
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .dropNewest(depth))])
        _ = try #require(try subscriber.waitForConnection())
        for number in 1...1000 { try topic.publish(text: "\(number)") }
        var messages: [BusMessage] = []
        while let message = try subscriber.nextMessage(timeout: .milliseconds(300)) { messages.append(message) }
        #expect(messages.map(\.sequence) == Array(1...UInt64(max(messages.count, 1))))
        #expect(messages.count >= depth && messages.count <= depth + 2 * min(depth, 16) + 1)
        // The loss shows with the next message.
        try topic.publish(text: "1001")
        let next = try #require(try subscriber.required())
        #expect(next.sequence == 1001 && next.droppedBefore == 1000 - UInt64(messages.count))
    }

    @Test("disconnect gives what was queued before and says why it ends")
    func disconnect() throws {
        let (messages, end) = try received(.disconnect(10), published: 1000)
        #expect(messages.map(\.sequence) == Array(1...UInt64(max(messages.count, 1))))
        #expect(messages.count >= 1 && end?.contains("more than 10 messages of a wait") == true)
    }

    @Test("after an overflow the subscriber is back and told of every message that it missed")
    func bridging() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: TopicOptions(isRetained: true))
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .disconnect(4))])
        _ = try #require(try subscriber.waitForConnection())
        for number in 1...500 { try topic.publish(text: "\(number)") }
        var messages: [BusMessage] = []
        var connections = 0
        while messages.last?.sequence != 500, let event = try subscriber.next(timeout: .seconds(20)) {
            switch event {
            case .message(let message): messages.append(message)
            case .connected(_, let isRestart):
                #expect(!isRestart)
                connections += 1
            default: break
            }
        }
        #expect(connections == 1 && accounted(messages) && messages.last?.sequence == 500)
    }

    @Test("a subscriber that never reads takes nothing from one that does")
    func stalledNeighbour() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: deep)
        let stalled = try (0..<7).map { _ in
            let client = try #require(RawClient(bus))
            client.send(RawClient.hello(["a"]))
            return client
        }
        let reader = try bus.subscriber([TopicRequest("a", queue: .dropOldest(64))])
        _ = try #require(try reader.waitForConnection())
        #expect(eventually { publisher.subscribers.count == 8 })
        for number in 1...2000 {
            try topic.publish(text: "\(number)")
            let message = try #require(try reader.required())
            #expect(message.sequence == UInt64(number) && message.droppedBefore == 0)
        }
        #expect(publisher.subscribers.filter { $0.name == "raw" }.allSatisfy { $0.dropped > 1900 })
        withExtendedLifetime(stalled) {}
    }

    @Test("a mix of sizes arrives complete, and in order on each topic", arguments: 0..<4)
    func mixedSizes(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let publisher = try bus.publisher()
        let names = ["a", "b", "c"]
        let topics = try names.map { try publisher.topic($0, options: TopicOptions(slotCount: 256)) }
        let requests = names.map { TopicRequest($0, queue: .dropOldest(400)) }
        let subscriber = try bus.subscriber(requests)
        _ = try #require(try subscriber.waitForConnection())
        var expected: [String: [[UInt8]]] = [:]
        for _ in 0..<150 {
            let size = [0, 1, 300, 5000, 40_000].randomElement(using: &random) ?? 0
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            let index = Int.random(in: 0..<3, using: &random)
            try topics[index].publish(bytes.span.bytes)
            expected[names[index], default: []].append(bytes)
        }
        var received: [String: [[UInt8]]] = [:]
        for _ in 0..<150 {
            let message = try #require(try subscriber.required())
            received[message.topic, default: []].append(message.payload)
        }
        #expect(received == expected)
    }
}
