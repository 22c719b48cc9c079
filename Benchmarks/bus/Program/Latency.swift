import Glibc
import Messages
import SightlineBus

/// One-way latency of the bus and of a raw SEQPACKET socket pair: same sizes, same processors, in turns.
enum Latency {
    private static let blockLength = 100
    /// Long enough for the receiver to sleep before the next message.
    private static let pause: Int64 = 300_000

    static func run(rounds: Int) throws {
        for (label, processor) in [("two cores", Machine.other), ("one core", 0)] {
            let directory = Machine.temporaryDirectory()
            defer { rmdir(directory) }
            let publisher = try BusPublisher(name: "bench", options: BusPublisherOptions(directory: directory))
            let topic = try publisher.topic("a")
            let child = ChildProcess(directory: directory, processor: processor)
            while !topic.hasSubscribers { usleep(1000) }
            Machine.prepare(processor: 0)
            for size in [64, 256, 2048, 16_384] {
                try measure(label, size, rounds, topic, child)
            }
        }
    }

    private static func measure(
        _ label: String, _ size: Int, _ rounds: Int, _ topic: BusTopic, _ child: ChildProcess
    ) throws {
        var raw = Series()
        var polled = Series()
        var bus = Series()
        var payload = [UInt8](repeating: 1, count: size)
        func sendRaw(_ stamp: () -> Int64) {
            payload.withUnsafeMutableBytes { bytes in
                bytes.storeBytes(of: stamp(), as: Int64.self)
                _ = send(child.raw, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
        }
        func sendBus(_ stamp: () -> Int64) throws {
            try payload.withUnsafeMutableBytes { bytes in
                bytes.storeBytes(of: stamp(), as: Int64.self)
                try topic.publish(UnsafeRawBufferPointer(bytes))
            }
        }
        // In turns, and every round begins with another one: what changes with time changes for all.
        for round in 0..<rounds {
            for step in 0..<3 {
                switch (round + step) % 3 {
                case 0: raw.add(block("r", child, sendRaw))
                case 1: bus.add(try block("b", child, sendBus))
                default: polled.add(block("p", child, sendRaw))
                }
            }
        }
        report(
            "latency",
            [("cores", .string(label)), ("bytes", .signed(Int64(size))), ("rounds", .signed(Int64(rounds)))],
            [("bus", bus), ("socketpair", raw), ("socketpair_polled", polled)],
            ratios: [("bus_to_socketpair", 0, 1), ("bus_to_socketpair_polled", 0, 2)])
    }

    /// Sends a block of messages at a steady pace. The first few, which find cold caches, are sent but not counted.
    static func block(
        _ mode: Character, _ child: ChildProcess, _ send: (_ stamp: () -> Int64) throws -> Void
    ) rethrows -> [Int64] {
        let skipped = 10
        child.expect(mode, blockLength + skipped)
        usleep(2000)
        var next = Machine.now
        for _ in 0..<blockLength + skipped {
            next += pause
            Machine.sleep(until: next)
            try send { Machine.now }
        }
        return child.latencies(blockLength + skipped).dropFirst(skipped).filter { $0 != Child.lost }
    }
}
