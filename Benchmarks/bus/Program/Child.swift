import CLinux
import Glibc
import Messages
import SightlineBus

/// The receiving process. Commands come on descriptor 3, the raw socket is descriptor 4; latencies go to descriptor 5 as
/// 64-bit nanoseconds.
///
/// Every message begins with the sender's CLOCK_MONOTONIC stamp, so that a latency is one way: from before the send to after
/// the receipt, the wake-up of a sleeping process included.
enum Child {
    /// Stands for the latency of a message that did not arrive.
    static let lost: Int64 = -1

    static func run(_ arguments: [String]) throws {
        guard arguments.count == 2, let processor = Int(arguments[1]) else { BusBenchmark.fail("child DIRECTORY CPU") }
        Machine.prepare(processor: processor)
        let subscriber = try BusSubscriber(
            [TopicRequest("*", queue: .dropOldest(1024))], options: BusSubscriberOptions(directory: arguments[0]))
        // A subscriber connects while it waits for events; the measuring process begins once it is connected.
        while subscriber.publishers.isEmpty { _ = try subscriber.next(timeout: .milliseconds(100)) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while let (mode, count) = command() {
            let latencies: [Int64] =
                switch mode {
                case UInt8(ascii: "r"): raw(count, &buffer)
                case UInt8(ascii: "p"): polledRaw(count, &buffer)
                case UInt8(ascii: "f"): try frames(count, subscriber)
                default: try bus(count, subscriber)
                }
            latencies.withUnsafeBytes { _ = write(5, $0.baseAddress, $0.count) }
        }
    }

    /// A mode and a number of messages; nil at the end.
    private static func command() -> (UInt8, Int)? {
        var bytes = [UInt8](repeating: 0, count: 5)
        guard read(3, &bytes, 5) == 5 else { return nil }
        return (bytes[0], bytes[1...].reversed().reduce(0) { $0 << 8 | Int($1) })
    }

    private static func raw(_ count: Int, _ buffer: inout [UInt8]) -> [Int64] {
        (0..<count).map { _ in
            // Blocking: the fastest that a socket can be read.
            let received = recv(4, &buffer, buffer.count, 0)
            let now = Machine.now
            guard received >= 8 else { BusBenchmark.fail("raw socket: \(errno)") }
            return now - buffer.withUnsafeBytes { $0.load(as: Int64.self) }
        }
    }

    /// As every subscriber to more than one publisher has to: poll, then receive.
    private static func polledRaw(_ count: Int, _ buffer: inout [UInt8]) -> [Int64] {
        (0..<count).map { _ in
            var waiting = pollfd(fd: 4, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, -1)
            let received = recv(4, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            let now = Machine.now
            guard received >= 8 else { BusBenchmark.fail("raw socket: \(errno)") }
            return now - buffer.withUnsafeBytes { $0.load(as: Int64.self) }
        }
    }

    /// What `latency` says of each of `count` messages. One that was lost, as a late release of a frame makes happen on a busy
    /// machine, has none and is left out.
    private static func collect(
        _ count: Int, of topic: String, _ subscriber: BusSubscriber, _ latency: (BusMessage) throws -> Int64?
    ) throws -> [Int64] {
        var latencies: [Int64] = []
        var passed = 0
        while passed < count, let message = try subscriber.nextMessage(timeout: .seconds(2)) {
            guard message.topic == topic else { continue }
            passed += 1 + Int(message.droppedBefore)
            if let value = try latency(message) { latencies.append(value) }
        }
        return latencies + Array(repeating: lost, count: max(0, count - latencies.count))
    }

    private static func bus(_ count: Int, _ subscriber: BusSubscriber) throws -> [Int64] {
        try collect(count, of: "a", subscriber) { message in
            let now = Machine.now
            return now - message.payload.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
        }
    }

    /// Until the first and the last byte of the frame were read. The stamp is its first eight bytes.
    private static func frames(_ count: Int, _ subscriber: BusSubscriber) throws -> [Int64] {
        try collect(count, of: "frame", subscriber) { message in
            let frame = try message.decode(Sightline_Frame.self)
            let stamp = try message.frame?.withBytes(of: frame) { bytes in
                bytes.loadUnaligned(as: Int64.self) &+ Int64(bytes[bytes.count - 1] & 0)
            }
            let now = Machine.now
            return stamp.map { now - $0 }
        }
    }
}
