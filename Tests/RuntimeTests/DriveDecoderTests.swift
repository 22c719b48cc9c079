import Glibc
import Platform
import Synchronization
import Testing

@testable import Recording
@testable import Runtime

@Suite("Decoding a drive ahead")
struct DriveDecoderTests {
    /// A drive of empty pictures, ten a second.
    private final class CountedDrive: DriveReader, @unchecked Sendable {
        // Sendable without checking is sound: the decoder's thread alone reads; the counter is atomic.
        let info: DriveInfo
        let condition = DriveCondition()
        let read = Atomic<Int>(0)
        private let count: Int
        private let fails: Bool
        private var next = 0

        init(frames: Int, fails: Bool = false) {
            count = frames
            self.fails = fails
            info = DriveInfo(
                path: "drive", width: 8, height: 8, rate: 10, duration: Double(frames) / 10, frameCount: frames,
                codec: "none", container: "none")
        }

        func next(into frame: inout DecodedFrame) throws(RecordingError) -> Bool {
            if next == count {
                if fails { throw .damaged(path: "drive", frame: next, detail: "torn") }
                return false
            }
            frame.timestamp = Int64(next) * 100_000_000
            next += 1
            read.wrappingAdd(1, ordering: .releasing)
            return true
        }

        func seek(seconds: Double) throws(RecordingError) {
            if fails { throw .seekFailed(path: "drive", seconds: seconds, detail: "torn") }
            next = Int((seconds * 10).rounded())
        }
    }

    private func position(_ decoder: DriveDecoder) -> (time: Int64?, generation: UInt32, beginsAnew: Bool)? {
        decoder.queue.take { ($0.isEnd ? nil : $0.decoded.timestamp / 100_000_000, $0.generation, $0.beginsAnew) }
    }

    @Test("decoding goes on until the queue is full, and again when a frame is taken; every frame comes once, in order")
    func ahead() throws {
        let drive = CountedDrive(frames: 20)
        let decoder = DriveDecoder(drive, options: ReplayOptions())
        try decoder.start(.normal)
        while drive.read.load(ordering: .acquiring) < decoder.queue.depth { usleep(1000) }
        #expect(!decoder.queue.hasRoom)
        for frame in 0..<20 { #expect(position(decoder)?.time == Int64(frame)) }
        let end = try #require(position(decoder))
        #expect(end.time == nil)
        try decoder.stop()
    }

    @Test("large pictures are decoded less far ahead, but one always is")
    func depth() {
        #expect(DecodedQueue(frameBytes: 1280 * 720 * 3).depth == 6)
        #expect(DecodedQueue(frameBytes: 6000 * 4000 * 3).depth == 1)
        #expect(DecodedQueue(frameBytes: 1 << 40).depth == 1)
    }

    @Test("a drive that loops begins anew behind its last frame, and says so")
    func loops() throws {
        var options = ReplayOptions()
        options.loops = true
        let decoder = DriveDecoder(CountedDrive(frames: 3), options: options)
        try decoder.start(.normal)
        let taken = (0..<7).map { _ in position(decoder) }
        #expect(taken.map { $0?.time } == [0, 1, 2, 0, 1, 2, 0])
        #expect(taken.map { $0?.beginsAnew } == [false, false, false, true, false, false, true])
        try decoder.stop()
    }

    @Test("a wanted part ends at its duration")
    func duration() throws {
        var options = ReplayOptions()
        (options.start, options.duration) = (0.5, 0.3)
        let decoder = DriveDecoder(CountedDrive(frames: 20), options: options)
        try decoder.start(.normal)
        #expect((0..<4).map { _ in position(decoder)?.time } == [5, 6, 7, nil])
        try decoder.stop()
    }

    @Test("behind a jump, also from the end, frames are of a new generation")
    func jumps() throws {
        let decoder = DriveDecoder(CountedDrive(frames: 3), options: ReplayOptions())
        try decoder.start(.normal)
        while let next = position(decoder), next.time != nil {}
        let generation = decoder.requestSeek(to: 0.1)
        let next = try #require(position(decoder))
        #expect(next.time == 1 && next.generation == generation)
        try decoder.stop()
    }

    @Test("a jump that fails ends the drive, though its frames are of the generation before")
    func failedJump() throws {
        let decoder = DriveDecoder(CountedDrive(frames: 20, fails: true), options: ReplayOptions())
        try decoder.start(.normal)
        _ = decoder.requestSeek(to: 1)
        while let isFinal = decoder.queue.take({ $0.isFinal }), !isFinal {}
        #expect(throws: RecordingError.self) { try decoder.stop() }
    }

    @Test("what stops reading is told once the frames before it were handed over")
    func failure() throws {
        let decoder = DriveDecoder(CountedDrive(frames: 2, fails: true), options: ReplayOptions())
        try decoder.start(.normal)
        #expect((0..<3).map { _ in position(decoder)?.time } == [0, 1, nil])
        #expect(throws: RecordingError.self) { try decoder.stop() }
    }
}
