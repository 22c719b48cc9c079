import Glibc
import Logging
import Messages
import Platform
import SightlineBus
import Synchronization
import Testing

@testable import Runtime

@Suite("log topic")
struct LogPublisherTests {
    private final class Counter: Sendable {
        let count = Atomic<Int>(0)
    }

    private let bus = PrivateBus()

    private func lines(_ subscriber: BusSubscriber, until text: String) throws -> [Sightline_Log] {
        var lines: [Sightline_Log] = []
        while lines.last?.text != text {
            let message = try #require(try subscriber.nextMessage(timeout: .seconds(60)))
            #expect(message.topic == "log")
            lines.append(try message.decode(Sightline_Log.self))
        }
        return lines
    }

    @Test("what a program logs arrives with level, label, metadata and error, in order")
    func handler() throws {
        let publisher = try bus.publisher()
        let log = try LogPublisher(bus: publisher, camera: "front")
        let subscriber = try bus.subscriber([TopicRequest("log", queue: .dropOldest(64), history: 64)])
        var logger = Logger(label: "camera") { BusLogHandler(label: $0, log) }
        logger.debug("below the level")
        logger[metadataKey: "device"] = "/dev/video0"
        logger.info("negotiated", metadata: ["rate": "30"])
        logger.logLevel = .trace
        logger.trace("detail")
        logger.critical("last")
        let lines = try lines(subscriber, until: "last device=/dev/video0")
        #expect(
            lines.map(\.text) == [
                "negotiated device=/dev/video0 rate=30", "detail device=/dev/video0", "last device=/dev/video0",
            ])
        #expect(lines.map(\.level) == [.info, .debug, .error])
        #expect(lines.allSatisfy { $0.source == "camera" && $0.header.camera == "front" && $0.lostBefore == 0 })
        #expect(lines.allSatisfy { $0.header.captureTimeNs > 0 && $0.header.publishTimeNs >= $0.header.captureTimeNs })
        log.close()
        publisher.close()
    }

    @Test("a late joiner receives the last lines")
    func history() throws {
        let publisher = try bus.publisher()
        let log = try LogPublisher(bus: publisher, camera: "front")
        for number in 1...5 { log.write(.info, source: "test", text: "\(number)") }
        log.close()
        let subscriber = try bus.subscriber([TopicRequest("log", queue: .dropOldest(64), history: 3)])
        #expect(try lines(subscriber, until: "5").map(\.text) == ["3", "4", "5"])
        withExtendedLifetime(publisher) {}
    }

    @Test("a very long line is cut, and still a message")
    func longLine() throws {
        let publisher = try bus.publisher()
        let log = try LogPublisher(bus: publisher, camera: "front")
        let subscriber = try bus.subscriber([TopicRequest("log", queue: .dropOldest(64), history: 64)])
        log.write(.info, source: String(repeating: "s", count: 10_000), text: String(repeating: "ü", count: 100_000))
        log.write(.info, source: "", text: "last")
        let lines = try lines(subscriber, until: "last")
        #expect(lines.count == 2 && lines[0].text.hasSuffix("ü ...") && lines[0].source.count == 100)
        log.close()
    }

    @Test("lines from many threads are each taken once or counted as lost, and each thread's keep their order")
    func manyThreads() throws {
        let queue = LogQueue(capacity: 64)
        let finished = Counter()
        let threads = try (0..<4).map { thread in
            try RealTimeThread(name: "log-test-\(thread)") { _ in
                for number in 1...5000 {
                    queue.append(LogLine(level: .info, source: "\(thread)", text: "\(number)", time: 0))
                }
                finished.count.wrappingAdd(1, ordering: .releasing)
            }
        }
        var taken = [0, 0, 0, 0]
        var last = [0, 0, 0, 0]
        var lost: UInt64 = 0
        var isOrdered = true
        func takeAll() {
            while let line = queue.takeFirst() {
                guard let thread = Int(line.source), let number = Int(line.text) else {
                    isOrdered = false
                    continue
                }
                isOrdered = isOrdered && number > last[thread]
                last[thread] = number
                taken[thread] += 1
            }
            lost += queue.takeLost()
        }
        // However the threads are scheduled: all may be done before the first line is taken, and most lines lost.
        while finished.count.load(ordering: .acquiring) < threads.count { takeAll() }
        for thread in threads { thread.join() }
        takeAll()
        #expect(isOrdered)
        #expect(taken.reduce(0, +) + Int(lost) == 20_000)
    }

    @Test("a full queue loses new lines and keeps the old ones")
    func fullQueue() {
        let queue = LogQueue(capacity: 4)
        for number in 1...10 { queue.append(LogLine(text: "\(number)")) }
        #expect(queue.takeLost() == 6)
        #expect((1...4).map { _ in queue.takeFirst()?.text } == ["1", "2", "3", "4"])
        #expect(queue.takeFirst()?.text == nil && queue.takeLost() == 0)
        queue.append(LogLine(text: "11"))
        #expect(queue.takeFirst()?.text == "11")
    }
}
