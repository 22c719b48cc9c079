import CLinux
import Foundation
import Glibc
import Messages
import SightlineBus
import TestSupport
import Testing

/// Seconds per decoder; SIGHTLINE_FUZZ_SECONDS sets more for runs by hand.
private let seconds = getenv("SIGHTLINE_FUZZ_SECONDS").flatMap { Double(String(cString: $0)) } ?? 1

/// Calls `body` with mutated inputs until the time is over, the same ones in every run.
private func mutated(from examples: [[UInt8]], seed: UInt64, _ body: ([UInt8]) throws -> Void) rethrows {
    var random = SeededGenerator(seed: seed)
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let end = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 + seconds
    while Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 < end {
        for _ in 0..<500 {
            var bytes = examples.randomElement(using: &random) ?? []
            mutate(&bytes, &random)
            try body(bytes)
        }
        clock_gettime(CLOCK_MONOTONIC, &time)
    }
}

private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 0...6, using: &random) {
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where !bytes.isEmpty:
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where !bytes.isEmpty:
            bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 3:
            bytes.insert(UInt8.random(in: 0...255, using: &random), at: Int.random(in: 0...bytes.count, using: &random))
        default:
            bytes += (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
    }
}

/// The folder Tests/Fuzzing, from this file's place in the package.
private func fuzzing(_ name: String, file: String = #filePath) -> String {
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/") + "/Fuzzing/" + name
}

@Suite("decoders")
struct DecoderTests {
    @Test("inputs that once broke a decoder, or reached much of it, break none")
    func corpus() throws {
        let folder = fuzzing("corpus/wire")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.count >= 20)
        var accepted = 0
        for name in names {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            accepted += bytes.withUnsafeBytes { WireDecoding.acceptors(of: $0) }
        }
        #expect(accepted >= 7)
    }

    @Test(
        "libFuzzer finds nothing in the protocol's decoders, nor in those of the C subscriber",
        arguments: ["wire", "c"])
    func libFuzzer(kind: String) throws {
        let bus = BusFixture()
        let work = bus.directory + "/fuzzing"
        defer { try? FileManager.default.removeItem(atPath: work) }
        let script =
            "exec 2>/dev/null; SIGHTLINE_FUZZ_DIR=\(work) \(fuzzing("run")) \(kind) \(Int(seconds) * 3); echo exit $?"
        let fuzzer = try #require(HelperProcess(program: "sh", ["-c", script]))
        let end = fuzzer.line(seconds: 600 + Int(seconds) * 3)
        // 77: this machine has no libFuzzer.
        #expect(end == "exit 0" || end == "exit 77")
    }

    @Test("valid packets are accepted by their own decoder")
    func examples() {
        for example in WireDecoding.examples {
            #expect(example.withUnsafeBytes { WireDecoding.acceptors(of: $0) } >= 1)
        }
    }

    @Test("no bytes whatever make a decoder of the protocol crash or read beyond its packet")
    func packets() {
        var accepted = 0
        mutated(from: WireDecoding.examples, seed: 1) { bytes in
            // A copy of the exact size, so that a checking allocator sees a read beyond.
            accepted += bytes.withUnsafeBytes { WireDecoding.acceptors(of: $0) }
        }
        #expect(accepted > 0)
    }

    @Test("no bytes whatever make a decoder of the messages crash", arguments: MessageKind.allCases)
    func messages(kind: MessageKind) throws {
        let example: [UInt8] = try Sightline_Road.with {
            $0.header.camera = "front"
            $0.lanes = [.with { $0.coefficients = [1, 2, 3] }]
            $0.mask.runs = [1, 2, 3, 300]
        }.serializedBytes()
        mutated(from: [example], seed: 2) { bytes in
            guard let message = try? DecodedMessage(kind, serializedBytes: bytes) else { return }
            let envelope = MessageEnvelope(
                publisher: "", topic: "", sequence: 1, droppedBefore: 0, isRetained: false, publishTime: .min,
                receiveTime: .max)
            _ = message.json(envelope).text
            _ = message.text(envelope)
        }
    }

    @Test("a publisher that sends garbage is left, with the reason", arguments: 0..<100)
    func garbagePublisher(seed: Int) throws {
        let bus = BusFixture()
        let listener = sightline_socket_listen("\(bus.directory)/test.sock", 0o600, 8)
        defer { close(listener) }
        let subscriber = try bus.subscriber(["*"])
        #expect(try subscriber.next(timeout: .zero) == nil)
        var credentials = sightline_peer()
        let socket = sightline_socket_accept(listener, &credentials)
        defer { close(socket) }
        #expect(credentials.process == getpid() && credentials.user == geteuid())
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<20 {
            var bytes = WireDecoding.examples.randomElement(using: &random) ?? []
            mutate(&bytes, &random)
            if !bytes.isEmpty {
                _ = bytes.withUnsafeBytes { sightline_socket_send(socket, $0.baseAddress, $0.count, nil, 0) }
            }
        }
        shutdown(socket, Int32(SHUT_RDWR))
        var end: DisconnectReason?
        while end == nil, let event = try subscriber.next(timeout: .seconds(60)) {
            if case .disconnected(_, let reason) = event { end = reason }
        }
        #expect(end != nil)
    }

    @Test("a publisher that hands over memory that is not sealed, or of another size, is left")
    func unsealedMemory() throws {
        for (bytes, announced, isSealed) in [(8192, 8192, false), (4096, 8192, true), (1 << 20, 8192, true)] {
            let bus = BusFixture()
            let listener = sightline_socket_listen("\(bus.directory)/test.sock", 0o600, 8)
            defer { close(listener) }
            let subscriber = try bus.subscriber(["*"])
            _ = try subscriber.next(timeout: .zero)
            var credentials = sightline_peer()
            let socket = sightline_socket_accept(listener, &credentials)
            defer { close(socket) }
            let memory = sightline_memfd_create("test", bytes)
            defer { close(memory) }
            if isSealed { #expect(sightline_memfd_seal(memory) == 0) }
            // ACCEPT with one topic of index 1, then RING of one slot of 4096 bytes.
            let accept = WireDecoding.examples[1]
            _ = accept.withUnsafeBytes { sightline_socket_send(socket, $0.baseAddress, $0.count, nil, 0) }
            let ring: [UInt8] =
                [5, 0, 1, 0, 1, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]
                + (0..<8).map { UInt8(truncatingIfNeeded: announced >> (8 * $0)) }
            _ = ring.withUnsafeBytes { sightline_socket_send_descriptor(socket, $0.baseAddress, $0.count, memory) }
            var end: DisconnectReason?
            while end == nil, let event = try subscriber.next(timeout: .seconds(60)) {
                if case .disconnected(_, let reason) = event { end = reason }
            }
            guard case .protocolViolation(let detail) = end else {
                Issue.record("\(String(describing: end))")
                continue
            }
            #expect(detail.contains("seals and size"))
        }
    }
}
