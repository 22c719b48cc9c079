import Imaging

/// Pictures of plain samples as ROS and Foxglove name them.
enum RawPicture {
    /// The layout that an encoding's name stands for; nil for those that are not read (16 bits, Bayer patterns).
    static func format(_ encoding: String) -> PixelFormat? {
        switch encoding.lowercased() {
        case "rgb8": .rgb24
        case "bgr8", "8uc3": .bgr24
        case "rgba8": .rgba
        case "bgra8", "8uc4": .bgra
        case "mono8", "8uc1": .gray8
        case "yuv422", "uyvy": .uyvy422
        case "yuv422_yuy2", "yuyv": .yuyv422
        case "nv12": .nv12
        case "nv21": .nv21
        case "i420", "yuv420": .yuv420p
        default: nil
        }
    }

    /// The picture in place; nil when the message has too few bytes for it.
    static func view(_ message: PictureMessage, format: PixelFormat) -> ImageView? {
        guard 1...ImageLimits.maximumSide ~= message.width, 1...ImageLimits.maximumSide ~= message.height,
            let base = message.data.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return nil }
        let step = message.step > 0 ? message.step : format.rowByteCount(plane: 0, width: message.width)
        guard step >= format.rowByteCount(plane: 0, width: message.width), step <= message.data.count else {
            return nil
        }
        var planes: [ImageView.Plane] = []
        var offset = 0
        for plane in 0..<format.planeCount {
            // Planes follow each other; those of halved chroma have half of the row's bytes.
            let stride = plane == 0 || format == .nv12 || format == .nv21 ? step : step / 2
            let rows = format.rowCount(plane: plane, height: message.height)
            guard stride >= format.rowByteCount(plane: plane, width: message.width),
                stride * (rows - 1) + format.rowByteCount(plane: plane, width: message.width)
                    <= message.data.count - offset
            else { return nil }
            planes.append(.init(base: base + offset, rowStride: stride))
            offset += stride * rows
        }
        let color: ColorDescription = format.isYUV && format != .gray8 ? .bt601Video : .jpeg
        let description = ImageDescription(
            width: message.width, height: message.height, format: format, color: color)
        return ImageView(
            description, planes[0], planes.count > 1 ? planes[1] : nil, planes.count > 2 ? planes[2] : nil)
    }
}
