import Imaging
import Recording

/// Small videos made in code: a bright square walks over a gradient, and the frame's number is in its grey level.
enum TestDrive {
    static func frame(_ index: Int, width: Int, height: Int, format: PixelFormat = .yuv420p) throws -> ImageBuffer {
        var rgb = try ImageBuffer(ImageDescription(width: width, height: height, format: .rgb24))
        try rgb.withMutableView { view throws(ImagingError) in
            let canvas = try Canvas(view)
            let grey = UInt8(40 + index * 6 % 150)
            canvas.fill(
                PixelRegion(left: 0, top: 0, right: width, bottom: height),
                color: DrawingColor(red: grey, green: grey, blue: grey))
            canvas.fill(
                PixelRegion(
                    left: index * 2 % width, top: height / 3, right: index * 2 % width + 12, bottom: height / 3 + 12),
                color: DrawingColor(red: 250, green: 60, blue: 20))
        }
        return format == .rgb24
            ? rgb : try rgb.withView { try ImageConverter.convert($0, to: .yuv420p, color: .bt601Video) }
    }

    /// Grey level that ``frame(_:width:height:format:)`` has in its top left corner, in limited-range luma.
    static func expectedLuma(_ index: Int) -> Int { 16 + (40 + index * 6 % 150) * 219 / 255 }

    /// Writes a video and returns its path.
    @discardableResult
    static func write(
        to path: String, frames: Int, width: Int = 96, height: Int = 64, options: VideoWriter.Options = .init(rate: 25)
    ) throws -> String {
        let writer = try VideoWriter(path: path, width: width, height: height, color: .bt601Video, options: options)
        for index in 0..<frames {
            try frame(index, width: width, height: height).withView { try writer.write($0) }
        }
        try writer.close()
        return path
    }

    /// Reads all frames: their corners' luma, indices and times.
    static func read(_ reader: any DriveReader) throws -> [(luma: Int, index: Int, timestamp: Int64)] {
        var frame = DecodedFrame()
        var result: [(luma: Int, index: Int, timestamp: Int64)] = []
        while try reader.next(into: &frame) {
            let luma = frame.withView { Int($0.plane(0).row(2)[2]) }
            result.append((luma ?? -1, frame.index, frame.timestamp))
        }
        return result
    }
}
