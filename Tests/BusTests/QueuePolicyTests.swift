import Glibc
import SightlineBus
import TestSupport
import Testing

@Suite("queue policies")
struct QueuePolicyTests {
    private let bus = BusFixture()

    /// Small messages, so that queues of hundreds fit into a subscriber's memory.
    private let small = TopicOptions(messageByteLimit: 1024)

    /// Beyond the queue: what the kernel holds, two rounds of the allowance at most, and one in the I/O thread's hand.
    private func beyondQueue(_ depth: Int) -> Int { 2 * min(depth, 16) + 2 }

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

    /// What a subscriber receives that does not read while `count` messages are published: all there is, up to the last.
    private func receivedUpToLast(_ queue: QueuePolicy, count: Int) throws -> [BusMessage] {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: small)
        let subscriber = try bus.subscriber([TopicRequest("a", queue: queue)])
        _ = try #require(try subscriber.waitForConnection())
        for number in 1...count { try topic.publish(text: "\(number)") }
        var messages: [BusMessage] = []
        while messages.last?.sequence != UInt64(count) { messages.append(try #require(try subscriber.required())) }
        return messages
    }

    @Test("latest gives the newest message and counts the others")
    func latest() throws {
        let messages = try receivedUpToLast(.latest, count: 1000)
        #expect(accounted(messages))
        #expect(messages.count <= 1 + beyondQueue(1))
    }

    @Test("drop-oldest keeps the newest n", arguments: [1, 7, 100])
    func dropOldest(depth: Int) throws {
        let messages = try receivedUpToLast(.dropOldest(depth), count: 1000)
        #expect(accounted(messages))
        #expect(messages.suffix(depth).map(\.sequence) == Array(UInt64(1000 - depth + 1)...1000))
        #expect(messages.count <= depth + beyondQueue(depth))
    }

    @Test("drop-newest keeps the oldest n", arguments: [1, 7, 100])
    func dropNewest(depth: Int) throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: small)
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .dropNewest(depth))])
        _ = try #require(try subscriber.waitForConnection())
        for number in 1...1000 { try topic.publish(text: "\(number)") }
        // Nothing waits any more once what was sent and what was dropped make up what was published.
        var messages: [BusMessage] = []
        while true {
            if let message = try subscriber.nextMessage(timeout: .milliseconds(5)) {
                messages.append(message)
                continue
            }
            let status = try #require(publisher.subscribers.first)
            if status.sent + status.dropped == 1000 && status.sent == UInt64(messages.count) { break }
        }
        // Those behind the oldest took places that became free when the I/O thread ran, whenever that was.
        #expect(accounted(messages) && messages.prefix(depth).map(\.sequence) == Array(1...UInt64(depth)))
        #expect(messages.count <= depth + beyondQueue(depth))
        // The loss shows with the next message.
        try topic.publish(text: "1001")
        let next = try #require(try subscriber.required())
        #expect(next.sequence == 1001 && accounted(messages + [next]))
    }

    @Test("disconnect gives what was sent before and says why it ends")
    func disconnect() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: small)
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .disconnect(10))])
        _ = try #require(try subscriber.waitForConnection())
        for number in 1...1000 { try topic.publish(text: "\(number)") }
        var sequences: [UInt64] = []
        var end: DisconnectReason?
        while end == nil, let event = try subscriber.next(timeout: .seconds(60)) {
            if case .message(let message) = event { sequences.append(message.sequence) }
            if case .disconnected(_, let reason) = event { end = reason }
        }
        // None at all, where the I/O thread never ran before the queue was full.
        #expect(sequences == sequences.indices.map { UInt64($0 + 1) })
        #expect("\(try #require(end))".contains("more than 10 messages of a wait"))
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
        while messages.last?.sequence != 500, let event = try subscriber.next(timeout: .seconds(60)) {
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
        let topic = try publisher.topic("a", options: small)
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
        #expect(publisher.subscribers.filter { $0.name == "raw" }.allSatisfy { $0.replaced > 1900 && $0.dropped == 0 })
        withExtendedLifetime(stalled) {}
    }

    @Test("the publisher knows who lost how many messages, and what was wished to be replaced is no loss")
    func losses() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: small)
        var options = BusSubscriberOptions(directory: bus.directory)
        options.name = "slow"
        let slow = try BusSubscriber([TopicRequest("a", queue: .dropOldest(2))], options: options)
        options.name = "latest"
        let latest = try BusSubscriber(["a"], options: options)
        _ = try #require(try slow.waitForConnection())
        _ = try #require(try latest.waitForConnection())
        #expect(publisher.subscribers.allSatisfy { $0.dropped == 0 && $0.replaced == 0 })
        for number in 1...100 { try topic.publish(text: "\(number)") }
        let statuses = Dictionary(uniqueKeysWithValues: publisher.subscribers.map { ($0.name, $0) })
        let first = try #require(statuses["slow"])
        let second = try #require(statuses["latest"])
        #expect(first.dropped >= UInt64(100 - 2 - beyondQueue(2)) && first.replaced == 0)
        #expect(second.dropped == 0 && second.replaced >= UInt64(100 - 1 - beyondQueue(1)))
        #expect(first.connection != second.connection)
    }
}
