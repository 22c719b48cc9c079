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

    @Test("the counter counts Swift's arrays, and nothing else")
    func counterWorks() throws {
        try #require(sightline_allocations_available() == 1)
        let none = allocations {}
        #expect(none == 0)
        var kept: [[Int]] = []
        kept.reserveCapacity(16)
        let arrays = allocations {
            for index in 0..<10 { kept.append([Int](repeating: index, count: 100)) }
        }
        #expect(arrays == 10)
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
