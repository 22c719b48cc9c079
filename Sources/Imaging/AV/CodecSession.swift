import CAV

/// FFmpeg's objects for coding one picture. Owns and frees them.
final class CodecSession {
    let codec: UnsafePointer<AVCodec>
    let context: UnsafeMutablePointer<AVCodecContext>
    let packet: UnsafeMutablePointer<AVPacket>
    let frame: UnsafeMutablePointer<AVFrame>

    convenience init(decoder identifier: AVCodecID, name: String) throws(ImagingError) {
        try self.init(avcodec_find_decoder(identifier), name: name)
    }

    convenience init(encoder identifier: AVCodecID, name: String) throws(ImagingError) {
        try self.init(avcodec_find_encoder(identifier), name: name)
    }

    private init(_ codec: UnsafePointer<AVCodec>?, name: String) throws(ImagingError) {
        guard let codec else { throw .unsupportedImage(path: name, detail: "libavcodec was built without this codec") }
        var context = avcodec_alloc_context3(codec)
        var packet = av_packet_alloc()
        var frame = av_frame_alloc()
        guard let someContext = context, let somePacket = packet, let someFrame = frame else {
            avcodec_free_context(&context)
            av_packet_free(&packet)
            av_frame_free(&frame)
            throw .file(path: name, detail: "out of memory")
        }
        self.codec = codec
        self.context = someContext
        self.packet = somePacket
        self.frame = someFrame
        someContext.pointee.thread_count = 1
        someContext.pointee.max_pixels = Int64(ImageLimits.maximumSide * ImageLimits.maximumSide)
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        avcodec_free_context(&context)
        av_packet_free(&packet)
        av_frame_free(&frame)
    }
}
