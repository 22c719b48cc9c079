import CAllocationCounter
import Glibc
import Messages
import SightlineBus

/// Allocations of the publishing thread per message: bytes, an encoded message, a frame; to a reader and to one that never
/// reads.
enum Allocations {
    static func run() throws {
        // A counter that does not count proves nothing.
        sightline_allocations_begin()
        for _ in 0..<100 { _ = sightline_allocations_probe(0, 64) }
        let counted = sightline_allocations_end()
        guard sightline_allocations_available() == 1, counted == 100 else {
            BusBenchmark.fail("the allocation counter counted \(counted) of 100 allocations")
        }
        let directory = Machine.temporaryDirectory()
        defer { rmdir(directory) }
        let publisher = try BusPublisher(name: "bench", options: BusPublisherOptions(directory: directory))
        let topic = try publisher.topic("a")
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 1 << 20, slotCount: 8))
        let options = BusSubscriberOptions(directory: directory)
        let listener = try BusListener(["*"], options: options) { _ in }
        let stalled = try BusSubscriber(["*"], options: options)
        while try stalled.next(timeout: .seconds(5)) == nil {}
        while publisher.subscribers.count < 2 { usleep(1000) }
        let payload = [UInt8](repeating: 1, count: 2048)
        let header = MessageHeader(frameID: 1, captureTime: 2, publishTime: 3, camera: "bench", sequence: 4)
        var facts: [(String, JSONValue)] = []
        facts.append(("bytes", try perMessage { try topic.publish(payload.span.bytes) }))
        facts.append(("encoded", try perMessage { try topic.publish { writer in writer.header(header) } }))
        facts.append(
            (
                "frame",
                try perMessage {
                    guard let slot = frames.acquire() else { return }
                    try frames.publish(
                        slot, length: 1 << 20, header: header, width: 1024, height: 1024, pixelFormat: .gray8,
                        planes: [])
                }
            ))
        listener.stop()
        withExtendedLifetime(stalled) {}
        report("allocations per publish", facts, [], ratios: [])
    }

    private static func perMessage(_ publish: () throws -> Void) rethrows -> JSONValue {
        for _ in 0..<100 { try publish() }
        let count = 10_000
        sightline_allocations_begin()
        defer { _ = sightline_allocations_end() }
        for _ in 0..<count { try publish() }
        return .number(Double(sightline_allocations_end()) / Double(count))
    }
}
