import Imaging
import Messages
import Recording
import TestSupport

/// A recording of noise, which no codec makes small.
enum NoisyDrive {
    static func write(_ path: String, frames: Int = 40, width: Int = 320, height: Int = 240) throws {
        var generator = SeededGenerator(seed: 11)
        let writer = try RecordingWriter(path: path)
        let schema = FoxgloveSchema.compressedImage
        let channel = writer.addChannel(
            topic: "camera/image",
            schema: writer.addSchema(name: schema.typeName, encoding: "protobuf", data: schema.fileDescriptorSet),
            encoding: "protobuf")
        var picture = try ImageBuffer(ImageDescription(width: width, height: height, format: .rgb24))
        var encoder = try JPEGEncoder()
        for index in 0..<frames {
            picture.withMutableView { view in
                for row in 0..<height {
                    for column in 0..<width * 3 {
                        view.plane(0).row(row)[column] = UInt8.random(in: 0...255, using: &generator)
                    }
                }
            }
            let time = Int64(index) * 50_000_000 + 1
            let jpeg = try encoder.encode(picture.unsafeView, quality: 95, name: "noise") { [UInt8]($0) }
            let image = FoxgloveImage(timestamp: time, frame: "camera", format: "jpeg", byteCount: jpeg.count)
            writer.write(
                channel: channel, sequence: UInt64(index + 1), logTime: time, publishTime: time, now: time,
                byteCount: image.byteCount
            ) { room in jpeg.withUnsafeBytes { image.write($0, into: room) } }
        }
        writer.close()
    }
}
