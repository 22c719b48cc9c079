import CLinux
import Glibc
import Messages
import SightlineBus

/// Seven reading subscribers, with and without an eighth that never reads, in turns. The latency is that of one of the
/// seven, in another process.
enum Stalled {
    static func run(rounds: Int) throws {
        let directory = Machine.temporaryDirectory()
        defer { rmdir(directory) }
        let publisher = try BusPublisher(name: "bench", options: BusPublisherOptions(directory: directory))
        let topic = try publisher.topic("a")
        let child = ChildProcess(directory: directory, processor: Machine.other)
        while !topic.hasSubscribers { usleep(1000) }
        let listeners = try (0..<6).map { _ in
            try BusListener(["a"], options: BusSubscriberOptions(directory: directory)) { _ in }
        }
        while publisher.subscribers.count < 7 { usleep(1000) }
        Machine.prepare(processor: 0)
        var alone = Series()
        var beside = Series()
        var publishAlone = Series()
        var publishBeside = Series()
        for _ in 0..<rounds {
            let (latencies, durations) = try block(topic, child)
            alone.add(latencies)
            publishAlone.add(durations)
            let stalled = try BusSubscriber(
                [TopicRequest("a", queue: .dropOldest(8))], options: BusSubscriberOptions(directory: directory))
            while try stalled.next(timeout: .seconds(5)) == nil {}
            let (latenciesBeside, durationsBeside) = try block(topic, child)
            beside.add(latenciesBeside)
            publishBeside.add(durationsBeside)
            withExtendedLifetime(stalled) {}
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
