import Imaging
import Messages
import Recording

/// Recordings of pictures in the ways of several worlds. The grey level of the top left corner tells a picture's number.
enum PictureRecording {
    enum Encoding: CaseIterable {
        case foxgloveJPEG, foxgloveRaw, rosJPEG, rosRaw, rosBigEndian
    }

    static let start: Int64 = 1_700_000_000_000_000_000
    static let width = 32
    static let height = 24

    static func level(_ index: Int) -> UInt8 { UInt8(20 + index * 7 % 200) }

    private static func picture(_ index: Int) throws -> ImageBuffer {
        var picture = try ImageBuffer(ImageDescription(width: width, height: height, format: .rgb24))
        picture.withMutableView { view in
            for row in 0..<height { view.plane(0).row(row).update(repeating: level(index), count: width * 3) }
        }
        return picture
    }

    static func jpeg(_ index: Int) throws -> [UInt8] {
        var encoder = try JPEGEncoder()
        let picture = try picture(index)
        return try picture.withView { view in try encoder.encode(view, quality: 95, name: "test") { [UInt8]($0) } }
    }

    private static func raw(_ index: Int) -> [UInt8] { [UInt8](repeating: level(index), count: width * height * 3) }

    /// Writes pictures 50 ms apart; those of `missing` have a sequence, but are not there.
    static func write(
        _ path: String, _ encoding: Encoding, count: Int = 40, missing: Set<Int> = [], chunkBytes: Int = 20_000
    ) throws {
        let writer = try MCAPWriter(path: path, options: .init(chunkBytes: chunkBytes))
        let isROS = [.rosJPEG, .rosRaw, .rosBigEndian].contains(encoding)
        let isCompressed = encoding == .foxgloveJPEG || encoding == .rosJPEG
        let name =
            isROS
            ? "sensor_msgs/msg/" + (isCompressed ? "CompressedImage" : "Image")
            : "foxglove." + (isCompressed ? "CompressedImage" : "RawImage")
        writer.define(MCAPSchema(id: 1, name: name, encoding: isROS ? "ros2msg" : "protobuf", data: [1]))
        writer.define(
            MCAPChannel(id: 1, schemaID: 1, topic: "front/image", messageEncoding: isROS ? "cdr" : "protobuf"))
        writer.define(
            MCAPChannel(id: 2, schemaID: 1, topic: "rear/image", messageEncoding: isROS ? "cdr" : "protobuf"))
        writer.define(MCAPChannel(id: 3, schemaID: 0, topic: "other", messageEncoding: "json"))
        for index in 0..<count where !missing.contains(index) {
            let stamp = start + Int64(index) * 50_000_000
            let message = try message(index, stamp, encoding)
            for channel: UInt16 in index < 5 ? [1, 2] : [1, 3] {
                // Recording lags behind the stamps.
                try writer.write(
                    channel: channel, sequence: UInt32(index + 1), logTime: UInt64(stamp) + 30_000_000,
                    publishTime: UInt64(stamp), byteCount: message.count
                ) { $0.copyBytes(from: message) }
            }
        }
        try writer.close()
    }

    private static func message(_ index: Int, _ stamp: Int64, _ encoding: Encoding) throws -> [UInt8] {
        switch encoding {
        case .foxgloveJPEG:
            let jpeg = try jpeg(index)
            let image = FoxgloveImage(timestamp: stamp, frame: "camera", format: "jpeg", byteCount: jpeg.count)
            var bytes = [UInt8](repeating: 0, count: image.byteCount)
            bytes.withUnsafeMutableBytes { room in jpeg.withUnsafeBytes { image.write($0, into: room) } }
            return bytes
        case .foxgloveRaw:
            var bytes = [UInt8](repeating: 0, count: 8000)
            let count = bytes.withUnsafeMutableBytes { room in
                var writer = ProtobufWriter(room)
                writer.message(1) { writer in
                    writer.signed(1, stamp / 1_000_000_000)
                    writer.signed(2, stamp % 1_000_000_000)
                }
                writer.fixed32(2, UInt32(width))
                writer.fixed32(3, UInt32(height))
                writer.string(4, "rgb8")
                writer.fixed32(5, UInt32(width * 3))
                raw(index).withUnsafeBytes { writer.presentBytes(6, $0) }
                return writer.count
            }
            return Array(bytes[..<count])
        case .rosJPEG:
            var cdr = CDRWriter(isLittleEndian: true)
            cdr.header(stamp)
            cdr.string("jpeg")
            cdr.sequence(try jpeg(index))
            return cdr.bytes
        case .rosRaw, .rosBigEndian:
            var cdr = CDRWriter(isLittleEndian: encoding == .rosRaw)
            cdr.header(stamp)
            cdr.unsigned32(UInt32(height))
            cdr.unsigned32(UInt32(width))
            cdr.string("bgr8")
            cdr.bytes.append(0)
            cdr.unsigned32(UInt32(width * 3))
            cdr.sequence(raw(index))
            return cdr.bytes
        }
    }
}

/// Writes ROS 2's encoding, for tests.
struct CDRWriter {
    let isLittleEndian: Bool
    var bytes: [UInt8]

    init(isLittleEndian: Bool) {
        self.isLittleEndian = isLittleEndian
        bytes = [0, isLittleEndian ? 1 : 0, 0, 0]
    }

    mutating func unsigned32(_ value: UInt32) {
        while bytes.count % 4 != 0 { bytes.append(0) }
        let little = RawRecording.little(value)
        bytes += isLittleEndian ? little : little.reversed()
    }

    mutating func string(_ text: String) {
        unsigned32(UInt32(text.utf8.count + 1))
        bytes += Array(text.utf8) + [0]
    }

    mutating func sequence(_ values: [UInt8]) {
        unsigned32(UInt32(values.count))
        bytes += values
    }

    mutating func header(_ stamp: Int64) {
        unsigned32(UInt32(stamp / 1_000_000_000))
        unsigned32(UInt32(stamp % 1_000_000_000))
        string("camera")
    }
}
