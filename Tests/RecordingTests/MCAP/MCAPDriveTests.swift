import Foundation
import Imaging
import Messages
import Recording
import TestSupport
import Testing

@Suite("Recordings as drives")
struct MCAPDriveTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Number of each frame by its grey level, with its time.
    private func read(_ reader: any DriveReader) throws -> [(number: Int, timestamp: Int64)] {
        try TestDrive.read(reader).map { frame in
            let levels = (0..<40).map { Int(PictureRecording.level($0)) }
            let number = levels.indices.min { abs(levels[$0] - frame.luma) < abs(levels[$1] - frame.luma) }
            return (number ?? -1, frame.timestamp)
        }
    }

    @Test(
        "Pictures of every encoding come in order with the times of their stamps",
        arguments: PictureRecording.Encoding.allCases)
    func encodings(encoding: PictureRecording.Encoding) throws {
        let path = folder.file("a.mcap")
        try PictureRecording.write(path, encoding, count: 25)
        let drive = try openDrive(path)
        #expect(drive.info.width == 32 && drive.info.height == 24)
        #expect(drive.info.container == "mcap")
        #expect(drive.info.frameCount == 25)
        #expect(abs(drive.info.rate - 20) < 0.01)
        let frames = try read(drive)
        #expect(frames.map(\.number) == Array(0..<25))
        #expect(frames.map(\.timestamp) == (0..<25).map { Int64($0) * 50_000_000 })
        #expect(drive.condition.summary == nil)
        #expect((drive as? MCAPDriveReader)?.startTime == PictureRecording.start)
    }

    @Test("A time is found to the frame, forwards and backwards")
    func seeking() throws {
        let path = folder.file("a.mcap")
        try PictureRecording.write(path, .foxgloveJPEG)
        let drive = try openDrive(path)
        var frame = DecodedFrame()
        for number in [0, 39, 17, 3, 25, 25] {
            try drive.seek(seconds: Double(number) * 0.05)
            #expect(try drive.next(into: &frame))
            #expect(frame.timestamp == Int64(number) * 50_000_000)
            #expect(frame.index == number)
        }
        #expect(throws: RecordingError.self) { try drive.seek(seconds: 100) }
        #expect(throws: RecordingError.self) { try drive.seek(seconds: .nan) }
    }

    @Test("The topic with the most pictures is taken, another one when asked for")
    func topics() throws {
        let path = folder.file("a.mcap")
        try PictureRecording.write(path, .foxgloveJPEG, count: 30)
        #expect(try read(openDrive(path)).count == 30)
        #expect(try read(openDrive(path, options: .init(topic: "rear/image"))).count == 5)
        #expect(throws: RecordingError.self) { try openDrive(path, options: .init(topic: "side/image")) }
    }

    @Test("Frames that were lost while recording are counted")
    func losses() throws {
        let path = folder.file("a.mcap")
        try PictureRecording.write(path, .foxgloveJPEG, count: 30, missing: [10, 11, 20])
        let drive = try openDrive(path)
        #expect(try read(drive).count == 27)
        #expect(drive.condition.missingFrames == 3)
    }

    @Test("A damaged chunk costs its pictures, not the drive")
    func damage() throws {
        let path = folder.file("a.mcap")
        try PictureRecording.write(path, .foxgloveJPEG, count: 40, chunkBytes: 5000)
        var bytes = try folder.read("a.mcap")
        let chunks = try MCAPReader(path: path).index.chunks
        try #require(chunks.count > 3)
        bytes[chunks[1].offset + chunks[1].length - 5] ^= 0x10
        let drive = try openDrive(folder.write(bytes, "b.mcap"))
        let frames = try read(drive)
        #expect(frames.count > 20 && frames.count < 40)
        #expect(drive.condition.undecodablePackets == 1)
        #expect(drive.condition.firstDamage != nil)
    }

    @Test("A recording that was not closed is replayed up to its end, which is told")
    func unclosed() throws {
        let path = folder.file("a.mcap")
        try PictureRecording.write(path, .foxgloveJPEG, count: 40, chunkBytes: 5000)
        let bytes = try folder.read("a.mcap")
        let drive = try openDrive(folder.write(Array(bytes[..<(bytes.count * 7 / 10)]), "b.mcap"))
        #expect(try read(drive).count > 10)
        #expect(drive.condition.earlyEnd != nil)
    }

    @Test("A recording without pictures is refused with what it has")
    func noPictures() throws {
        let path = folder.file("a.mcap")
        try SampleRecording.write(SampleRecording.messages(count: 5), to: path)
        let error = #expect(throws: RecordingError.self) { try openDrive(path) }
        #expect(error?.description.contains("no pictures, only Text") == true)
    }

    @Test("Random bytes as picture messages never end the process")
    func hostilePictures() throws {
        var generator = SeededGenerator(seed: 9)
        for round in 0..<20 {
            let path = folder.file("\(round).mcap")
            try PictureRecording.write(
                path, PictureRecording.Encoding.allCases[round % 5], count: 6, chunkBytes: 1 << 20)
            let recording = try MCAPReader(path: path)
            let source = recording.messages()
            let writer = try MCAPWriter(path: folder.file("h\(round).mcap"))
            for schema in recording.index.schemas.values { writer.define(schema) }
            for channel in recording.index.channels.values { writer.define(channel) }
            while let message = try source.next() {
                var data = [UInt8](message.data)
                for _ in 0..<8 where !data.isEmpty {
                    data[Int.random(in: 0..<min(data.count, 120), using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                try writer.write(
                    channel: message.channelID, sequence: message.sequence, logTime: message.logTime,
                    publishTime: message.publishTime, byteCount: data.count
                ) { $0.copyBytes(from: data) }
            }
            try writer.close()
            guard let drive = try? openDrive(folder.file("h\(round).mcap")) else { continue }
            _ = try? read(drive)
        }
    }

    @Test("A video stream of single messages is decoded, and entered at a key frame")
    func compressedVideo() throws {
        let video = folder.file("a.h264")
        try TestDrive.write(to: video, frames: 30, options: .init(rate: 25, encoder: "libx264"))
        let path = folder.file("a.mcap")
        let frames = try VideoMessages.write(folder.read("a.h264"), to: path)
        #expect(frames == 30)
        let drive = try openDrive(path)
        #expect(drive.info.codec == "h264")
        #expect(try read(drive).count == 30)
        try drive.seek(seconds: 0.5)
        let rest = try read(drive)
        #expect(rest.count >= 12 && rest.count <= 20)
    }
}

/// Cuts an H.264 stream into messages.
enum VideoMessages {
    static func write(_ stream: [UInt8], to path: String) throws -> Int {
        let writer = try MCAPWriter(path: path)
        writer.define(MCAPSchema(id: 1, name: "foxglove.CompressedVideo", encoding: "protobuf", data: [1]))
        writer.define(MCAPChannel(id: 1, schemaID: 1, topic: "video", messageEncoding: "protobuf"))
        let frames = accessUnits(stream)
        for (index, frame) in frames.enumerated() {
            let stamp = PictureRecording.start + Int64(index) * 40_000_000
            var bytes = [UInt8](repeating: 0, count: frame.count + 100)
            let count = bytes.withUnsafeMutableBytes { room in
                var protobuf = ProtobufWriter(room)
                protobuf.message(1) { time in
                    time.signed(1, stamp / 1_000_000_000)
                    time.signed(2, stamp % 1_000_000_000)
                }
                protobuf.string(2, "camera")
                frame.withUnsafeBytes { protobuf.presentBytes(3, $0) }
                protobuf.string(4, "h264")
                return protobuf.count
            }
            try writer.write(
                channel: 1, sequence: UInt32(index), logTime: UInt64(stamp), publishTime: UInt64(stamp),
                byteCount: bytes[..<count].count
            ) { $0.copyBytes(from: bytes[..<count]) }
        }
        try writer.close()
        return frames.count
    }

    /// Each with the parameter sets before it.
    private static func accessUnits(_ stream: [UInt8]) -> [[UInt8]] {
        var starts: [Int] = []
        for place in 0..<max(0, stream.count - 3)
        where stream[place] == 0 && stream[place + 1] == 0 && stream[place + 2] == 1 {
            starts.append(place > 0 && stream[place - 1] == 0 ? place - 1 : place)
        }
        var (units, current): ([[UInt8]], [UInt8]) = ([], [])
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : stream.count
            let head = start + (stream[start + 2] == 1 ? 3 : 4)
            current += stream[start..<end]
            if [1, 5].contains(stream[head] & 0x1F) {
                units.append(current)
                current = []
            }
        }
        return units
    }
}
