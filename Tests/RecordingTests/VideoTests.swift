import Foundation
import Imaging
import Recording
import Testing

@Suite("Video files")
struct VideoTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "what is written is read: frames, order, times, size",
        arguments: ["a.mp4", "a.mkv", "a.mov"], ["libx264", "mpeg4"])
    func roundTrip(name: String, encoder: String) throws {
        let path = folder.file(name)
        try TestDrive.write(to: path, frames: 40, options: .init(rate: 25, quality: 15, encoder: encoder))
        let reader = try openDrive(path)
        #expect(reader.info.width == 96 && reader.info.height == 64 && abs(reader.info.rate - 25) < 0.01)
        #expect(reader.info.codec == (encoder == "mpeg4" ? "mpeg4" : "h264"))
        #expect(abs((reader.info.duration ?? 0) - 1.6) < 0.1)
        let frames = try TestDrive.read(reader)
        #expect(frames.count == 40 && reader.condition.summary == nil)
        for (i, frame) in frames.enumerated() {
            #expect(frame.index == i && abs(frame.timestamp - Int64(i) * 40_000_000) < 1_100_000)
            #expect(abs(frame.luma - TestDrive.expectedLuma(i)) <= 4)
        }
    }

    @Test("frames come with their own times, and RGB frames are converted")
    func timestamps() throws {
        let path = folder.file("a.mp4")
        let writer = try VideoWriter(path: path, width: 64, height: 48, options: .init(quality: 10))
        let times: [Int64] = [0, 33_000_000, 50_000_000, 200_000_000, 1_000_000_000]
        for (i, time) in times.enumerated() {
            try TestDrive.frame(i * 3, width: 64, height: 48, format: .rgb24).withView {
                try writer.write($0, timestamp: time)
            }
        }
        try writer.close()
        try writer.close()
        let frames = try TestDrive.read(try openDrive(path))
        #expect(zip(frames, times).allSatisfy { abs($0.timestamp - $1) < 1_000_000 } && frames.count == 5)
        #expect(frames.enumerated().allSatisfy { abs($1.luma - TestDrive.expectedLuma($0 * 3)) <= 4 })
    }

    @Test("odd sizes are padded, not refused")
    func oddSize() throws {
        let path = folder.file("odd.mp4")
        let writer = try VideoWriter(path: path, width: 65, height: 49)
        for i in 0..<3 {
            try TestDrive.frame(i, width: 65, height: 49, format: .rgb24).withView { try writer.write($0) }
        }
        try writer.close()
        let reader = try openDrive(path)
        #expect(reader.info.width == 66 && reader.info.height == 50)
        #expect(try TestDrive.read(reader).count == 3)
    }

    @Test("a writer that is dropped without being closed still leaves a whole video")
    func dropped() throws {
        let path = folder.file("a.mp4")
        do {
            let writer = try VideoWriter(path: path, width: 64, height: 48)
            for i in 0..<10 { try TestDrive.frame(i, width: 64, height: 48).withView { try writer.write($0) } }
        }
        #expect(try TestDrive.read(try openDrive(path)).count == 10)
    }

    @Test("the index of an MP4 lies in front of its frames")
    func fastStart() throws {
        try TestDrive.write(to: folder.file("a.mp4"), frames: 5)
        let file = try folder.read("a.mp4")
        let text = String(decoding: file, as: Unicode.ASCII.self)
        let index = try #require(text.range(of: "moov"))
        let frames = try #require(text.range(of: "mdat"))
        #expect(index.lowerBound < frames.lowerBound)
    }

    @Test("seeking finds the frame of a time, whatever lies between keyframes")
    func seek() throws {
        let path = try TestDrive.write(to: folder.file("a.mp4"), frames: 60)
        let reader = try openDrive(path, options: .init(decoderThreads: 2))
        var frame = DecodedFrame()
        for index in [30, 3, 0, 59, 58, 17] {
            try reader.seek(seconds: Double(index) / 25)
            #expect(try reader.next(into: &frame))
            let (position, time) = (frame.index, frame.timestamp)
            #expect(position == index && abs(time - Int64(index) * 40_000_000) < 1_100_000)
        }
        #expect(try reader.next(into: &frame))
        let following = frame.index
        #expect(following == 18)
        for seconds in [-1.0, 99, .nan, .infinity] {
            #expect(throws: RecordingError.self) { try reader.seek(seconds: seconds) }
        }
        try reader.seek(seconds: 0)
        #expect(try TestDrive.read(reader).count == 60)
    }

    @Test("a frame stays valid and unchanged while the reader goes on")
    func framesOutlive() throws {
        let reader = try openDrive(try TestDrive.write(to: folder.file("a.mp4"), frames: 30))
        var first = DecodedFrame()
        let nothing = first.unsafeView
        #expect(nothing == nil)
        #expect(try reader.next(into: &first))
        let isKeyframe = first.isKeyframe
        #expect(isKeyframe)
        let before = first.withView { view in (0..<64).map { view.plane(0).row($0)[40] } }
        var other = DecodedFrame()
        while try reader.next(into: &other) {}
        #expect(first.withView { view in (0..<64).map { view.plane(0).row($0)[40] } } == before)
    }

    @Test("frames of phones' videos stand upright", arguments: [0, 90, 180, 270])
    func rotation(degrees: Int) throws {
        try TestDrive.write(to: folder.file("a.mp4"), frames: 4)
        var file = try folder.read("a.mp4")
        // The matrix of the track header (ISO/IEC 14496-12, 8.3.2): 16.16 and 2.30 numbers, big-endian.
        let header = try #require(file.indices.first { file[$0...].starts(with: Array("tkhd".utf8)) })
        let one: [UInt8] = [0, 1, 0, 0]
        let minus: [UInt8] = [0xff, 0xff, 0, 0]
        let zero: [UInt8] = [0, 0, 0, 0]
        let parts: [[UInt8]] =
            switch degrees {
            case 90: [zero, one, zero, minus, zero]
            case 180: [minus, zero, zero, zero, minus]
            case 270: [zero, minus, zero, one, zero]
            default: [one, zero, zero, zero, one]
            }
        file.replaceSubrange(header + 44..<header + 64, with: parts.joined())
        let reader = try openDrive(try folder.write(file, "turned.mp4"))
        #expect(reader.info.rotation == degrees)
        let isSideways = degrees % 180 == 90
        #expect(reader.info.width == (isSideways ? 64 : 96) && reader.info.height == (isSideways ? 96 : 64))
        var frame = DecodedFrame()
        #expect(try reader.next(into: &frame))
        let found = frame.unsafeView
        let view = try #require(found)
        #expect(view.width == reader.info.width && view.height == reader.info.height)
        // The square starts at the stored left edge, rows 21 to 33: where is it now?
        let (x, y) = [0: (5, 26), 90: (64 - 26, 5), 180: (90, 64 - 26), 270: (26, 90)][degrees] ?? (0, 0)
        #expect(Int(view.plane(2).row(y / 2)[x / 2]) > 170)
        #expect(Int(view.plane(2).row(view.height / 2 - y / 2 - 1)[view.width / 2 - x / 2 - 1]) < 150)
    }

    @Test("frames of another size and senseless options are refused")
    func refusals() throws {
        let writer = try VideoWriter(path: folder.file("a.mp4"), width: 64, height: 48)
        #expect(throws: RecordingError.self) {
            try TestDrive.frame(0, width: 48, height: 64).withView { try writer.write($0) }
        }
        try writer.close()
        #expect(throws: RecordingError.self) {
            try TestDrive.frame(0, width: 64, height: 48).withView { try writer.write($0) }
        }
        for path in [folder.file("a.xyz"), "/nowhere/a.mp4"] {
            #expect(throws: RecordingError.self) { _ = try VideoWriter(path: path, width: 64, height: 48) }
        }
        #expect(throws: RecordingError.self) { _ = try VideoWriter(path: folder.file("b.mp4"), width: 0, height: 48) }
        #expect(throws: RecordingError.self) {
            _ = try VideoWriter(path: folder.file("b.mp4"), width: 64, height: 48, options: .init(encoder: "none"))
        }
        #expect(throws: RecordingError.self) {
            _ = try openDrive(
                try TestDrive.write(to: folder.file("c.mp4"), frames: 1), options: .init(decoderThreads: 0))
        }
    }

    static let hasFFmpeg = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private func ffmpeg(_ format: String, _ codec: String, _ path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.hasFFmpeg ?? "")
        process.arguments =
            [
                "-v", "quiet", "-y", "-f", "lavfi", "-i", "testsrc=duration=0.4:size=70x46:rate=10", "-pix_fmt", format,
                "-c:v", codec, path,
            ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(
        "pixel formats of other encoders are read as they are or in 8 bits; unknown ones are refused by name",
        .enabled(if: VideoTests.hasFFmpeg != nil, "needs the ffmpeg program"),
        arguments: [
            ("yuv420p", "libx264", PixelFormat.yuv420p), ("yuv422p", "libx264", .yuv422p),
            ("yuv444p", "libx264", .yuv444p),
            ("yuv420p10le", "libx264", .yuv420p), ("yuv422p10le", "libx264", .yuv422p), ("gray", "ffv1", .gray8),
            ("yuvj420p", "mjpeg", .yuv420p), ("yuyv422", "rawvideo", .yuyv422), ("rgb24", "libx264rgb", .gbrp),
            ("bgr0", "ffv1", .bgra),
            ("bgr24", "rawvideo", .bgr24), ("yuv410p", "ffv1", nil),
        ] as [(String, String, PixelFormat?)])
    func formats(format: String, codec: String, expected: PixelFormat?) throws {
        let path = folder.file(codec == "mjpeg" || format == "bgr24" ? "a.avi" : "a.mkv")
        try ffmpeg(format, codec, path)
        let reader = try openDrive(path)
        var frame = DecodedFrame()
        guard let expected else {
            #expect {
                try reader.next(into: &frame)
            } throws: {
                "\($0)".contains("yuv410p")
            }
            return
        }
        #expect(try reader.next(into: &frame))
        let found = frame.unsafeView
        let view = try #require(found)
        #expect(view.format == expected && view.width == 70 && view.height == 46)
        // The test picture's colour bars: red, green, blue ... each saturated somewhere.
        let rgb = try ImageConverter.convert(view, to: .rgb24)
        let brightest = rgb.withView { view in
            (0..<3).map { channel in (0..<70).map { view.plane(0).row(6)[$0 * 3 + channel] }.max() ?? 0 }
        }
        #expect(expected == .gray8 || brightest.allSatisfy { $0 > 225 }, "\(brightest)")
        var count = 1
        while try reader.next(into: &frame) { count += 1 }
        #expect(count == 4)
    }
}
