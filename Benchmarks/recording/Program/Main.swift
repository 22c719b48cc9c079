import Glibc
import Imaging
import Messages
import Platform
import Recording

/// Measures recordings; each measurement prints one JSON object.
///
///     recording-benchmark write FILE SECONDS [zstd|lz4|none]    a drive of 1280x720 at 30 Hz with all topics
///     recording-benchmark read FILE                             all messages, three times
///     recording-benchmark open FILE                             opening, seeking, and what both touch of the file
@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch (arguments.first, Array(arguments.dropFirst())) {
        case ("write", let rest) where rest.count >= 2:
            let compression = rest.count > 2 ? MCAPCompression(label: rest[2]) : .zstd
            try WriteMeasurement.run(rest[0], seconds: Int(rest[1]) ?? 10, compression: compression ?? .zstd)
        case ("read", let rest) where rest.count == 1: try ReadMeasurement.run(rest[0])
        case ("open", let rest) where rest.count == 1: try OpenMeasurement.run(rest[0])
        default:
            print("usage: recording-benchmark write FILE SECONDS [zstd|lz4|none] | read FILE | open FILE")
            exit(2)
        }
    }

    static func show(_ members: [(String, Double)]) {
        let values = members.map { JSONValue.Member($0.0, .number(($0.1 * 1000).rounded() / 1000)) }
        print(JSONValue.object(values).text)
    }
}

/// What writing costs, without making the pictures.
enum WriteMeasurement {
    static func run(_ path: String, seconds: Int, compression: MCAPCompression) throws {
        // Different ones, or a packer would find the last picture again within a chunk.
        let jpegs = try (0..<16).map { try picture(seed: $0) }
        var options = RecordingOptions()
        options.mcap.compression = compression
        let writer = try RecordingWriter(path: path, options: options)
        let image = channel(writer, "camera/image", FoxgloveSchema.compressedImage)
        let topics = ["detections", "tracks", "road", "timing", "camera/annotations/detections"].map {
            writer.addChannel(topic: $0, schema: 0, encoding: "protobuf")
        }
        // Sizes as on a busy road.
        let sizes = [900, 1800, 6000, 350, 4000]
        let payload = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
        let usage = ResourceUsage.current
        let begin = MonotonicTime.now
        for frame in 0..<seconds * 30 {
            let time = Int64(frame) * 33_333_333 + 1_700_000_000_000_000_000
            jpegs[frame % jpegs.count].withUnsafeBytes { bytes in
                let message = FoxgloveImage(timestamp: time, frame: "camera", format: "jpeg", byteCount: bytes.count)
                writer.write(
                    channel: image, sequence: UInt64(frame), logTime: time, publishTime: time, now: time,
                    byteCount: message.byteCount
                ) { message.write(bytes, into: $0) }
            }
            payload.withUnsafeBytes { bytes in
                for (topic, size) in zip(topics, sizes) {
                    writer.write(
                        channel: topic, sequence: UInt64(frame), logTime: time, publishTime: time, now: time,
                        data: UnsafeRawBufferPointer(rebasing: bytes[0..<size]))
                }
            }
            writer.tick(now: time)
        }
        writer.close()
        let processor = Double(ResourceUsage.current.processorNanoseconds - usage.processorNanoseconds) * 1e-9
        Main.show([
            ("recorded_s", Double(seconds)), ("bytes", Double(writer.condition.bytes)),
            ("jpeg_bytes", Double(jpegs[0].count)), ("processor_s", processor),
            ("percent_of_a_core", processor / Double(seconds) * 100),
            ("wall_s", Double(MonotonicTime.now - begin) * 1e-9),
        ])
    }

    private static func channel(_ writer: RecordingWriter, _ topic: String, _ schema: FoxgloveSchema) -> UInt16 {
        writer.addChannel(
            topic: topic,
            schema: writer.addSchema(name: schema.typeName, encoding: "protobuf", data: schema.fileDescriptorSet),
            encoding: "protobuf")
    }

    /// A JPEG of 1280x720 of a road's size: gradients and texture.
    private static func picture(seed: Int) throws -> [UInt8] {
        var picture = try ImageBuffer(ImageDescription(width: 1280, height: 720, format: .rgb24))
        picture.withMutableView { view in
            for row in 0..<view.height {
                for column in 0..<view.width * 3 {
                    let texture = ((row &+ seed &* 977) &* 2_654_435_761 ^ (column &+ seed) &* 40_503) >> 7 & 31
                    view.plane(0).row(row)[column] = UInt8(truncatingIfNeeded: row / 5 + column / 40 + texture)
                }
            }
        }
        var encoder = try JPEGEncoder()
        return try encoder.encode(picture.unsafeView, quality: 85, name: "benchmark") { [UInt8]($0) }
    }
}

/// How fast all messages are read, with checksums verified.
enum ReadMeasurement {
    static func run(_ path: String) throws {
        for _ in 0..<3 {
            let begin = MonotonicTime.now
            let reader = try MCAPReader(path: path)
            let messages = reader.messages()
            var (count, bytes) = (0, 0)
            while let message = try messages.next() {
                count += 1
                bytes += message.data.count
            }
            let seconds = Double(MonotonicTime.now - begin) * 1e-9
            Main.show([
                ("messages", Double(count)), ("message_bytes", Double(bytes)), ("seconds", seconds),
                ("gb_per_s", Double(bytes) * 1e-9 / seconds),
            ])
        }
    }
}

/// How long opening and seeking take, and how much of the file they bring into memory.
enum OpenMeasurement {
    static func run(_ path: String) throws {
        var times: [Double] = []
        for _ in 0..<20 {
            let begin = MonotonicTime.now
            _ = try MCAPReader(path: path)
            times.append(Double(MonotonicTime.now - begin) * 1e-6)
        }
        evict(path)
        let begin = MonotonicTime.now
        let reader = try MCAPReader(path: path)
        let cold = Double(MonotonicTime.now - begin) * 1e-6
        let opened = resident(path)
        let range = reader.index.timeRange ?? 0...0
        let seekBegin = MonotonicTime.now
        let messages = reader.messages(
            .init(times: range.lowerBound + (range.upperBound - range.lowerBound) / 2..<UInt64.max))
        _ = try messages.next()
        let seek = Double(MonotonicTime.now - seekBegin) * 1e-6
        Main.show([
            ("bytes", Double(reader.byteCount)), ("chunks", Double(reader.index.chunks.count)),
            ("open_ms", times.sorted()[10]), ("open_cold_ms", cold), ("open_resident_bytes", Double(opened)),
            ("seek_ms", seek), ("seek_chunks_read", Double(messages.chunksRead)),
            ("seek_resident_bytes", Double(resident(path) - opened)),
        ])
    }

    /// Drops the file from the page cache.
    private static func evict(_ path: String) {
        guard let file = try? FileDescriptor(opening: path, flags: O_RDONLY) else { return }
        fsync(file.number)
        posix_fadvise(file.number, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// Bytes of the file that are in the page cache.
    private static func resident(_ path: String) -> Int {
        guard let file = try? MappedFile(path: path) else { return 0 }
        return file.withBytes { bytes in
            var pages = [UInt8](repeating: 0, count: (bytes.count + 4095) / 4096)
            guard mincore(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, &pages) == 0 else {
                return 0
            }
            return pages.count { $0 & 1 == 1 } * 4096
        }
    }
}
