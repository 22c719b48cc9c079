import Glibc
import Messages
import SightlineBus

/// Handing over a frame of 1280 x 720 pixels against a small message, in turns.
enum Frames {
    static func run(rounds: Int) throws {
        let directory = Machine.temporaryDirectory()
        defer { rmdir(directory) }
        let publisher = try BusPublisher(name: "bench", options: BusPublisherOptions(directory: directory))
        let topic = try publisher.topic("a")
        let bytes = 1280 * 720 * 3
        let frames = try publisher.frames(options: FrameOptions(frameByteLimit: bytes, slotCount: 8))
        let child = ChildProcess(directory: directory, processor: Machine.other)
        while !topic.hasSubscribers || !frames.hasSubscribers { usleep(1000) }
        Machine.prepare(processor: 0)
        var small = Series()
        var large = Series()
        var payload = [UInt8](repeating: 1, count: 64)
        for _ in 0..<rounds {
            small.add(
                try Latency.block("b", child) { stamp in
                    try payload.withUnsafeMutableBytes { bytes in
                        bytes.storeBytes(of: stamp(), as: Int64.self)
                        try topic.publish(UnsafeRawBufferPointer(bytes))
                    }
                })
            large.add(try Latency.block("f", child) { stamp in try publish(frames, bytes, stamp) })
        }
        report(
            "frame hand-off", [("frame_bytes", .signed(Int64(bytes))), ("rounds", .signed(Int64(rounds)))],
            [("frame", large), ("message", small)], ratios: [("frame_to_message", 0, 1)])
    }

    /// The pixels are in the slot already, as after a camera's or decoder's write: what is measured is the hand-over.
    private static func publish(_ frames: FrameTopic, _ bytes: Int, _ stamp: () -> Int64) throws {
        guard let slot = frames.acquire() else { BusBenchmark.fail("no free slot") }
        slot.bytes[bytes - 1] = 7
        let header = MessageHeader(frameID: 1, captureTime: 2, publishTime: 3, camera: "bench", sequence: 4)
        slot.bytes.storeBytes(of: stamp(), as: Int64.self)
        try frames.publish(
            slot, length: bytes, header: header, width: 1280, height: 720, pixelFormat: .rgb24, planes: [])
    }
}
