import Imaging
import Messages
import Platform
import SightlineBus
import Testing

@testable import Runtime

@Suite("frame topic")
struct FramePublisherTests {
    private let bus = PrivateBus()

    private static let description = ImageDescription(width: 7, height: 5, format: .yuv420p, color: .bt709Video)

    private func stamp(_ number: UInt64) -> FrameStamp {
        FrameStamp(number: number, captureTime: 1000 + Int64(number), capture: nil)
    }

    /// A picture whose planes are padded, filled with a number per plane.
    private func withPicture<Result>(
        _ description: ImageDescription, _ first: UInt8, _ body: (ImageView) throws -> Result
    ) throws -> Result {
        var buffer = try ImageBuffer(description)
        buffer.withMutableView { view in
            for plane in 0..<description.format.planeCount {
                for row in 0..<description.format.rowCount(plane: plane, height: description.height) {
                    let count = description.format.rowByteCount(plane: plane, width: description.width)
                    view.plane(plane).row(row).update(repeating: first + UInt8(plane), count: count)
                }
            }
        }
        return try body(buffer.unsafeView)
    }

    private func next(_ subscriber: BusSubscriber) throws -> (BusMessage, Sightline_Frame) {
        let message = try #require(try subscriber.nextMessage(timeout: .seconds(60)))
        return (message, try message.decode(Sightline_Frame.self))
    }

    @Test("a frame arrives with its samples, planes, colours and stamp; nobody's frame is copied")
    func decoded() throws {
        let publisher = try bus.publisher()
        let frames = FramePublisher(bus: publisher, camera: "front")
        try withPicture(Self.description, 10) { try frames.publish($0, stamp: stamp(1)) }
        let subscriber = try bus.subscriber(["frame"])
        while !frames.hasSubscribers { _ = try subscriber.next(timeout: .milliseconds(10)) }
        try withPicture(Self.description, 20) { try frames.publish($0, stamp: stamp(2)) }
        let (message, frame) = try next(subscriber)
        #expect(message.sequence == 1)
        #expect(frame.header.frameID == 2 && frame.header.captureTimeNs == 1002 && frame.header.camera == "front")
        #expect(frame.pixelFormat == .i420 && frame.width == 7 && frame.height == 5)
        #expect(frame.colorMatrix == .bt709 && !frame.isFullRange)
        #expect(frame.planes.map(\.stride) == [7, 4, 4] && frame.planes.map(\.offset) == [0, 64, 128])
        let isRight = try message.frame?.withBytes(of: frame) { bytes in
            zip(frame.planes, [5, 3, 3]).enumerated().allSatisfy { index, plane in
                let start = Int(plane.0.offset)
                let end = start + Int(plane.0.stride) * plane.1
                return bytes[start..<end].allSatisfy { $0 == 20 + UInt8(index) }
            }
        }
        #expect(isRight == true && frames.lost == 0)
    }

    @Test("a camera's JPEG arrives as it came")
    func jpeg() throws {
        let publisher = try bus.publisher()
        let frames = FramePublisher(bus: publisher, camera: "front")
        let file = (0..<200).map { UInt8($0) }
        func publish(_ number: UInt64) throws {
            try file.withUnsafeBytes { try frames.publish(jpeg: $0, width: 64, height: 48, stamp: stamp(number)) }
        }
        try publish(1)
        let subscriber = try bus.subscriber(["frame"])
        while !frames.hasSubscribers { _ = try subscriber.next(timeout: .milliseconds(10)) }
        try publish(2)
        let (message, frame) = try next(subscriber)
        #expect(frame.pixelFormat == .jpeg && frame.width == 64 && frame.height == 48 && frame.planes.isEmpty)
        #expect(try message.frame?.withBytes(of: frame) { Array($0) } == file)
    }

    @Test("a frame for which there is no memory is told with the next one")
    func lost() throws {
        let publisher = try bus.publisher()
        let frames = FramePublisher(bus: publisher, camera: "front")
        let subscriber = try bus.subscriber([TopicRequest("frame", queue: .dropOldest(8))])
        try withPicture(Self.description, 1) { try frames.publish($0, stamp: stamp(1)) }
        while !frames.hasSubscribers { _ = try subscriber.next(timeout: .milliseconds(10)) }
        let larger = ImageDescription(width: 640, height: 480, format: .yuv420p)
        try withPicture(larger, 1) { try frames.publish($0, stamp: stamp(2)) }
        try withPicture(Self.description, 1) { try frames.publish($0, stamp: stamp(3)) }
        let (message, frame) = try next(subscriber)
        #expect(frame.header.frameID == 3 && message.droppedBefore == 1 && frames.lost == 1)
    }
}
