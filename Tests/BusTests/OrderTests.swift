import Glibc
import SightlineBus
import TestSupport
import Testing

/// Messages of one publisher arrive in the order in which they were published, whatever their topics and sizes.
@Suite("order over all topics")
struct OrderTests {
    private let bus = BusFixture()

    private func topics(_ publisher: BusPublisher, _ count: Int) throws -> [BusTopic] {
        try (0..<count).map { try publisher.topic("t\($0)") }
    }

    /// Eight bytes of number, then as many as there is room for in `byteCount`.
    private func payload(_ number: UInt64, byteCount: Int) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
            + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(0, byteCount - 8))
    }

    private func number(_ message: BusMessage) -> UInt64 {
        message.payload.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    private func isIntact(_ message: BusMessage) -> Bool {
        message.payload.dropFirst(8).allSatisfy { $0 == UInt8(truncatingIfNeeded: number(message)) }
    }

    @Test("a mix of sizes and topics arrives complete and in order", arguments: 0..<4)
    func mixedSizes(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let publisher = try bus.publisher()
        let topics = try topics(publisher, 3)
        let subscriber = try bus.subscriber([TopicRequest("*", queue: .dropOldest(400))])
        _ = try #require(try subscriber.waitForConnection())
        for sent in 1...150 {
            let size = [8, 9, 300, 5000, 40_000].randomElement(using: &random) ?? 8
            try topics[Int.random(in: 0..<3, using: &random)].publish(payload(UInt64(sent), byteCount: size).span.bytes)
        }
        for expected in 1...150 {
            let message = try #require(try subscriber.required())
            #expect(number(message) == UInt64(expected) && isIntact(message) && message.droppedBefore == 0)
        }
    }

    @Test("what is published while a subscriber is out of reach arrives complete and in order", arguments: 0..<4)
    func outOfReach(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let publisher = try bus.publisher()
        let topics = try topics(publisher, 5)
        let subscriber = try bus.subscriber([TopicRequest("*", queue: .dropOldest(1000))])
        _ = try #require(try subscriber.waitForConnection())
        var sent: UInt64 = 0
        for _ in 0..<3 {
            try publisher.withSubscribersOutOfReach {
                for _ in 0..<300 {
                    sent += 1
                    let topic = topics[Int.random(in: 0..<5, using: &random)]
                    try topic.publish(payload(sent, byteCount: Int.random(in: 8...2000, using: &random)).span.bytes)
                }
            }
        }
        for expected in 1...sent {
            let message = try #require(try subscriber.required())
            #expect(number(message) == expected && isIntact(message) && message.droppedBefore == 0)
        }
    }

    @Test("a burst of a thousand messages on one topic is kept for a subscriber that is out of reach, more are counted")
    func burst() throws {
        let publisher = try bus.publisher()
        let topic = try publisher.topic("a", options: TopicOptions(messageByteLimit: 1024))
        let subscriber = try bus.subscriber([TopicRequest("a", queue: .dropOldest(4000))])
        _ = try #require(try subscriber.waitForConnection())
        try publisher.withSubscribersOutOfReach {
            for sent in 1...1000 { try topic.publish(payload(UInt64(sent), byteCount: 8).span.bytes) }
        }
        func expectNext(_ expected: UInt64) throws {
            let message = try #require(try subscriber.required())
            #expect(number(message) == expected)
        }
        for expected in 1...1000 { try expectNext(UInt64(expected)) }
        try publisher.withSubscribersOutOfReach {
            for sent in 1001...4000 { try topic.publish(payload(UInt64(sent), byteCount: 8).span.bytes) }
        }
        let first = try #require(try subscriber.required())
        #expect(first.droppedBefore == 3000 - 1024 && number(first) == first.sequence)
        for expected in first.sequence + 1...4000 { try expectNext(expected) }
    }

    @Test("under a flood with losses order holds, and every loss is counted", arguments: [1, 8, 500])
    func flood(depth: Int) throws {
        let publisher = try bus.publisher()
        let topics = try topics(publisher, 3)
        let subscriber = SendableSubscriber(try bus.subscriber([TopicRequest("*", queue: .dropOldest(depth))]))
        _ = try #require(try subscriber.value.waitForConnection())
        let count: UInt64 = 20_000
        concurrently(2) { thread in
            if thread == 0 {
                var random = SeededGenerator(seed: 9)
                for sent in 1...count {
                    let topic = Int.random(in: 0..<3, using: &random)
                    let size = Int.random(in: 8...1500, using: &random)
                    _ = try? topics[topic].publish(payload(sent, byteCount: size).span.bytes)
                }
            } else {
                self.expectOrder(subscriber.value, upTo: count)
            }
        }
    }

    private func expectOrder(_ subscriber: BusSubscriber, upTo count: UInt64) {
        var last: UInt64 = 0
        var seen: [String: UInt64] = [:]
        var isOrdered = true
        // The last message of all is never dropped: the policy keeps the newest.
        while last != count, let message = try? subscriber.required() {
            isOrdered = isOrdered && number(message) > last && isIntact(message)
            last = number(message)
            seen[message.topic, default: 0] += 1 + message.droppedBefore
            isOrdered = isOrdered && seen[message.topic] == message.sequence
        }
        #expect(last == count && isOrdered)
    }
}

/// Hands a subscriber to the one thread that uses it from then on.
private final class SendableSubscriber: @unchecked Sendable {
    // Sendable without checking is sound: the test's own thread uses it before the other thread starts, then only that one.
    let value: BusSubscriber

    init(_ value: BusSubscriber) {
        self.value = value
    }
}
