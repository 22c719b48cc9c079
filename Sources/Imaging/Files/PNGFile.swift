import CAV

/// PNG through libavcodec.
enum PNGFile {
    /// What the pixels of the decoded picture are.
    enum Output: Hashable, Sendable {
        /// `gray8`, `rgb24` or `rgba`.
        case colors
        /// `gray8`: palette indices or grey values as they are stored, for label masks.
        case labels
    }

    static func decode(
        _ bytes: UnsafeRawBufferPointer, into buffer: inout ImageBuffer, output: Output, name: String
    ) throws(ImagingError) {
        let structure = try PNGStructure(bytes, name: name)
        guard bytes.count <= Int(Int32.max) else {
            throw .unsupportedImage(path: name, detail: "\(bytes.count) bytes")
        }
        AVLog.clear()
        let session = try CodecSession(decoder: AV_CODEC_ID_PNG, name: name)
        guard av_new_packet(session.packet, Int32(bytes.count)) == 0, let data = session.packet.pointee.data,
            let source = bytes.baseAddress
        else {
            throw .file(path: name, detail: "out of memory")
        }
        UnsafeMutableRawPointer(data).copyMemory(from: source, byteCount: bytes.count)
        var result = avcodec_open2(session.context, session.codec, nil)
        if result >= 0 { result = avcodec_send_packet(session.context, session.packet) }
        if result >= 0 { result = avcodec_receive_frame(session.context, session.frame) }
        guard result >= 0 else { throw .damagedImage(path: name, detail: AVLog.detail(result)) }
        let frame = session.frame.pointee
        guard Int(frame.width) == structure.width, Int(frame.height) == structure.height else {
            throw .damagedImage(path: name, detail: "the PNG's size changes")
        }
        try PNGPixels(frame: frame, output: output, name: name).copy(into: &buffer)
    }

    /// Encodes a `gray8`, `rgb24` or `rgba` picture.
    static func encode(_ view: ImageView, name: String, compression: Int32 = 4) throws(ImagingError) -> [UInt8] {
        let format: AVPixelFormat =
            switch view.format {
            case .gray8: AV_PIX_FMT_GRAY8
            case .rgb24: AV_PIX_FMT_RGB24
            case .rgba: AV_PIX_FMT_RGBA
            default: throw .unsupportedFormat(view.format, context: "\(name): encoding a PNG")
            }
        AVLog.clear()
        let session = try CodecSession(encoder: AV_CODEC_ID_PNG, name: name)
        session.context.pointee.width = Int32(view.width)
        session.context.pointee.height = Int32(view.height)
        session.context.pointee.pix_fmt = format
        session.context.pointee.time_base = AVRational(num: 1, den: 1)
        session.context.pointee.compression_level = compression
        let frame = session.frame
        frame.pointee.width = Int32(view.width)
        frame.pointee.height = Int32(view.height)
        frame.pointee.format = format.rawValue
        var result = avcodec_open2(session.context, session.codec, nil)
        if result >= 0 { result = av_frame_get_buffer(frame, 0) }
        guard result >= 0, let target = frame.pointee.data.0 else {
            throw .encodingFailed(path: name, detail: AVLog.detail(result))
        }
        let count = view.format.rowByteCount(plane: 0, width: view.width)
        for y in 0..<view.height {
            (target + y * Int(frame.pointee.linesize.0)).update(from: view.plane(0).row(y), count: count)
        }
        result = avcodec_send_frame(session.context, frame)
        if result >= 0 { result = avcodec_receive_packet(session.context, session.packet) }
        guard result >= 0, let data = session.packet.pointee.data else {
            throw .encodingFailed(path: name, detail: AVLog.detail(result))
        }
        return Array(UnsafeBufferPointer(start: data, count: Int(session.packet.pointee.size)))
    }
}
