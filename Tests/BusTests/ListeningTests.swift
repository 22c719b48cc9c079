import SightlineBus
import Synchronization
import Testing

@Suite("async and callbacks")
struct ListeningTests {
    private let bus = BusFixture()

    private var options: BusSubscriberOptions { BusSubscriberOptions(directory: bus.directory) }

    @Test("an async loop receives what is published", .timeLimit(.minutes(1)))
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

    @Test("cancelling the task ends the loop", .timeLimit(.minutes(1)))
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

    @Test("an async loop throws when the directory is unsafe", .timeLimit(.minutes(1)))
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
