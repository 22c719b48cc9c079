import CAllocationCounter
import Glibc
import Messages
import SightlineBus
import Testing

@Suite("allocations")
struct AllocationTests {
    private let bus = BusFixture()

    /// Allocations of this thread during `body`.
    private func allocations(_ body: () throws -> Void) rethrows -> UInt64 {
        sightline_allocations_begin()
        defer { _ = sightline_allocations_end() }
        try body()
        return sightline_allocations_end()
    }

    // Calls from Swift or from optimised C prove nothing: the compiler knows what malloc, strdup and free mean and leaves out
    // pairs of them whose memory nobody looks at. The C functions here hide from it which function they call.
    @Test("the counter counts every call of the C library's allocator", arguments: 0..<6)
    func countsC(function: Int32) throws {
        try #require(sightline_allocations_available() == 1)
        #expect(allocations {} == 0)
        var isServed = true
        let count = allocations {
            for size in 1...10 { isServed = isServed && sightline_allocations_probe(function, 64 * size) == 1 }
        }
        #expect(isServed && count == 10)
    }

    @Test("the counter counts what the C library itself allocates, and Swift's arrays, on this thread only")
    func countsLibraries() throws {
        try #require(sightline_allocations_available() == 1)
        // opendir allocates its stream.
        #expect(allocations { _ = closedir(opendir("/")) } >= 1)
        var kept: [[Int]] = []
        kept.reserveCapacity(16)
        let arrays = allocations {
            for index in 0..<10 { kept.append([Int](repeating: index, count: 100)) }
        }
        #expect(arrays == 10)
        let before = sightline_allocations_total()
        let elsewhere = allocations { concurrently(1) { _ in _ = sightline_allocations_probe(0, 64) } }
        #expect(sightline_allocations_total() > before + elsewhere)
    }

    #if !DEBUG
        @Test("publishing allocates nothing: to readers, to a stalled one, encoders, bytes and frames")
        func publishing() throws {
            let publisher = try bus.publisher()
            let topic = try publisher.topic(.detections)
            let frames = try publisher.frames(options: FrameOptions(frameByteLimit: 4096, slotCount: 8))
            let stalled = try #require(RawClient(bus))
            stalled.send(RawClient.hello(["detections", "frame"]))
            let listener = try BusListener(["*"], options: BusSubscriberOptions(directory: bus.directory)) { _ in }
            #expect(eventually { publisher.subscribers.count == 2 })
            let header = MessageHeader(frameID: 1, captureTime: 2, publishTime: 3, camera: "front", sequence: 4)
            let object = DetectionsEncoder.Object(
                label: "traffic light", classID: 9, score: 0.5, box: FrameBox(x1: 1, y1: 2, x2: 3, y2: 4), trackID: 5,
                distance: 6, distanceDeviation: 7)
            let planes = [FramePlane(offset: 0, stride: 64)]
            let text: StaticString = "some bytes"
            let round = {
                try topic.publish { writer in
                    DetectionsEncoder.begin(
                        &writer, header: header, network: "yolo11n", inferenceTime: 1, plan: .full, frameWidth: 1,
                        frameHeight: 2)
                    for _ in 0..<30 { DetectionsEncoder.append(&writer, object) }
                }
                try topic.publish(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
                if let slot = frames.acquire() {
                    try frames.publish(
                        slot, length: 4096, header: header, width: 64, height: 64, pixelFormat: .gray8, planes: planes)
                }
            }
            for _ in 0..<50 { try round() }
            let count = try allocations {
                for _ in 0..<1000 { try round() }
            }
            #expect(count == 0)
            listener.stop()
            withExtendedLifetime(stalled) {}
        }
    #endif
}
