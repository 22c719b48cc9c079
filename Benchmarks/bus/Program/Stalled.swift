import CLinux
import Glibc
import Messages
import SightlineBus

/// Seven reading subscribers, with and without an eighth that never reads, in turns. The latency is that of one of the
/// seven, in another process, which the publisher serves last; the stalled one it serves first.
enum Stalled {
    static func run(rounds: Int) throws {
        let directory = Machine.temporaryDirectory()
        defer { rmdir(directory) }
        let publisher = try BusPublisher(name: "bench", options: BusPublisherOptions(directory: directory))
        let topic = try publisher.topic("a")
        // Keeps the first place for the stalled one.
        var placeholder: BusSubscriber? = try connect(directory)
        let listeners = try (0..<6).map { _ in
            try BusListener(["a"], options: BusSubscriberOptions(directory: directory)) { _ in }
        }
        while publisher.subscribers.count < 7 { usleep(1000) }
        let child = ChildProcess(directory: directory, processor: Machine.other)
        while publisher.subscribers.count < 8 { usleep(1000) }
        withExtendedLifetime(placeholder) {}
        placeholder = nil
        while publisher.subscribers.count > 7 { usleep(1000) }
        Machine.prepare(processor: 0)
        var alone = Series()
        var beside = Series()
        var publishAlone = Series()
        var publishBeside = Series()
        for _ in 0..<rounds {
            let (latencies, durations) = try block(topic, child)
            alone.add(latencies)
            publishAlone.add(durations)
            var stalled: BusSubscriber? = try connect(directory)
            let (latenciesBeside, durationsBeside) = try block(topic, child)
            beside.add(latenciesBeside)
            publishBeside.add(durationsBeside)
            withExtendedLifetime(stalled) {}
            stalled = nil
            while publisher.subscribers.count > 7 { usleep(1000) }
        }
        for listener in listeners { listener.stop() }
        report(
            "stalled", [("subscribers", .signed(8)), ("rounds", .signed(Int64(rounds)))],
            [
                ("beside_stalled", beside), ("alone", alone), ("publish_beside_stalled", publishBeside),
                ("publish_alone", publishAlone),
            ],
            ratios: [("others", 0, 1), ("publish", 2, 3)])
    }

    /// A subscriber that is connected and never reads from then on.
    private static func connect(_ directory: String) throws -> BusSubscriber {
        let subscriber = try BusSubscriber(
            [TopicRequest("a", queue: .dropOldest(8))], options: BusSubscriberOptions(directory: directory))
        while try subscriber.next(timeout: .seconds(5)) == nil {}
        return subscriber
    }

    private static func block(_ topic: BusTopic, _ child: ChildProcess) throws -> ([Int64], [Int64]) {
        var payload = [UInt8](repeating: 1, count: 2048)
        var durations: [Int64] = []
        let latencies = try Latency.block("b", child) { stamp in
            try payload.withUnsafeMutableBytes { bytes in
                let start = stamp()
                bytes.storeBytes(of: start, as: Int64.self)
                try topic.publish(UnsafeRawBufferPointer(bytes))
                durations.append(Machine.now - start)
            }
        }
        return (latencies, durations)
    }
}
