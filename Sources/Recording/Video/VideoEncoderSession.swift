import CAV
import Imaging

/// FFmpeg's objects for one video that is written: encoder, muxer, frame, packet. Owns and frees them.
final class VideoEncoderSession {
    let encoderName: String
    private let path: String
    private let description: ImageDescription
    private var format: UnsafeMutablePointer<AVFormatContext>?
    private var codec: UnsafeMutablePointer<AVCodecContext>?
    private var frame: UnsafeMutablePointer<AVFrame>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var stream: UnsafeMutablePointer<AVStream>?
    private var hasHeader = false
    private let frameDuration: AVRational

    /// Units of encoder time: 90 kHz, the usual clock of video.
    private static let timeBase = AVRational(num: 1, den: 90_000)

    init(path: String, description: ImageDescription, options: VideoWriter.Options) throws(RecordingError) {
        AVLog.clear()
        self.path = path
        self.description = description
        frameDuration = AVRational(num: 1000, den: Int32((options.rate * 1000).rounded()))
        let encoder = try Self.findEncoder(options.encoder, path: path)
        encoderName = String(cString: encoder.pointee.name)
        // From here on `deinit` frees what exists.
        var result = avformat_alloc_output_context2(&format, nil, nil, "file:" + path)
        guard result >= 0, let format else {
            throw .invalidParameter(name: "video file", detail: "\(path) must end in .mp4, .mov or .mkv")
        }
        codec = avcodec_alloc_context3(encoder)
        frame = av_frame_alloc()
        packet = av_packet_alloc()
        stream = avformat_new_stream(format, nil)
        guard let codec, let frame, packet != nil, let stream else {
            throw .writingFailed(path: path, detail: "out of memory")
        }
        configure(codec, options, needsGlobalHeader: format.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0)
        result = avcodec_open2(codec, encoder, nil)
        guard result >= 0 else { throw .writingFailed(path: path, detail: AVLog.detail(result)) }
        frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        frame.pointee.width = codec.pointee.width
        frame.pointee.height = codec.pointee.height
        result = av_frame_get_buffer(frame, 0)
        if result >= 0 { result = avcodec_parameters_from_context(stream.pointee.codecpar, codec) }
        stream.pointee.time_base = codec.pointee.time_base
        stream.pointee.avg_frame_rate = codec.pointee.framerate
        if result >= 0 { result = avio_open(&format.pointee.pb, "file:" + path, AVIO_FLAG_WRITE) }
        guard result >= 0 else { throw .file(path: path, detail: AVConstants.message(result)) }
        var muxerOptions: OpaquePointer?
        // The index goes to the front, so that players can start before they have the whole file.
        av_dict_set(&muxerOptions, "movflags", "+faststart", 0)
        result = avformat_write_header(format, &muxerOptions)
        av_dict_free(&muxerOptions)
        guard result >= 0 else { throw .writingFailed(path: path, detail: AVLog.detail(result)) }
        hasHeader = true
    }

    deinit {
        if let format, format.pointee.pb != nil { avio_closep(&format.pointee.pb) }
        avformat_free_context(format)
        avcodec_free_context(&codec)
        av_frame_free(&frame)
        av_packet_free(&packet)
    }

    /// Encodes a 4:2:0 frame of the session's size.
    func encode(_ view: ImageView, timestamp: Int64) throws(RecordingError) {
        guard let codec, let frame else { return }
        AVLog.clear()
        var result = av_frame_make_writable(frame)
        if result >= 0 {
            fill(frame, with: view)
            frame.pointee.pts = av_rescale_q(timestamp, Self.timeBase, codec.pointee.time_base)
            result = avcodec_send_frame(codec, frame)
        }
        if result >= 0 { result = drain() }
        guard result >= 0 else { throw .writingFailed(path: path, detail: AVLog.detail(result)) }
    }

    /// Writes what is left and closes the file. Returns what went wrong, if anything did.
    func finish() -> String? {
        guard let codec, let format, hasHeader else { return nil }
        hasHeader = false
        AVLog.clear()
        var result = avcodec_send_frame(codec, nil)
        if result >= 0 { result = drain() }
        let trailer = av_write_trailer(format)
        let closed = avio_closep(&format.pointee.pb)
        let failure = [result, trailer, closed].first { $0 < 0 && $0 != AVConstants.endOfFile }
        return failure.map(AVLog.detail)
    }

    /// Writes all packets that the encoder has ready; a negative code when writing failed.
    private func drain() -> Int32 {
        guard let codec, let packet, let stream else { return 0 }
        while true {
            let result = avcodec_receive_packet(codec, packet)
            if result == AVConstants.again || result == AVConstants.endOfFile { return 0 }
            if result < 0 { return result }
            // Containers take a frame's duration from the next one; only the last one's must be told.
            if packet.pointee.duration == 0 {
                packet.pointee.duration = av_rescale_q(1, frameDuration, codec.pointee.time_base)
            }
            av_packet_rescale_ts(packet, codec.pointee.time_base, stream.pointee.time_base)
            packet.pointee.stream_index = stream.pointee.index
            let written = av_interleaved_write_frame(format, packet)
            if written < 0 { return written }
        }
    }

    private static func findEncoder(
        _ name: String?, path: String
    ) throws(RecordingError) -> UnsafePointer<AVCodec> {
        if let name {
            guard let encoder = avcodec_find_encoder_by_name(name) else {
                throw .invalidParameter(name: "encoder", detail: "libavcodec here has no '\(name)'")
            }
            return encoder
        }
        guard let encoder = avcodec_find_encoder_by_name("libx264") ?? avcodec_find_encoder(AV_CODEC_ID_MPEG4) else {
            throw .writingFailed(path: path, detail: "libavcodec has neither libx264 nor mpeg4")
        }
        return encoder
    }

    private func configure(
        _ codec: UnsafeMutablePointer<AVCodecContext>, _ options: VideoWriter.Options, needsGlobalHeader: Bool
    ) {
        codec.pointee.width = Int32((description.width + 1) & ~1)
        codec.pointee.height = Int32((description.height + 1) & ~1)
        codec.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        let isMPEG4 = codec.pointee.codec_id == AV_CODEC_ID_MPEG4
        let rate = AVRational(num: Int32((options.rate * 1000).rounded()), den: 1000)
        // MPEG-4 part 2 has at most 65535 time units a second.
        codec.pointee.time_base = isMPEG4 ? AVRational(num: 1, den: 60_000) : Self.timeBase
        codec.pointee.framerate = rate
        codec.pointee.gop_size = Int32(max(1, min(250, options.rate * 4)))
        codec.pointee.thread_count = Int32(options.threads)
        codec.pointee.color_range = AVCOL_RANGE_MPEG
        codec.pointee.colorspace =
            switch description.color.matrix {
            case .bt601: AVCOL_SPC_SMPTE170M
            case .bt709: AVCOL_SPC_BT709
            case .bt2020: AVCOL_SPC_BT2020_NCL
            }
        if needsGlobalHeader { codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
        if isMPEG4 {
            codec.pointee.bit_rate = Int64(description.width * description.height) * 4
        } else {
            av_opt_set(codec.pointee.priv_data, "preset", "veryfast", 0)
            av_opt_set(codec.pointee.priv_data, "crf", "\(options.quality)", 0)
        }
    }

    /// Copies a picture into the encoder's frame; an odd last column or row is repeated.
    private func fill(_ frame: UnsafeMutablePointer<AVFrame>, with view: ImageView) {
        let data = [frame.pointee.data.0, frame.pointee.data.1, frame.pointee.data.2]
        let strides = [frame.pointee.linesize.0, frame.pointee.linesize.1, frame.pointee.linesize.2]
        for plane in 0..<3 {
            guard let base = data[plane] else { continue }
            let stride = Int(strides[plane])
            let count = view.format.rowByteCount(plane: plane, width: view.width)
            let rows = view.format.rowCount(plane: plane, height: view.height)
            for y in 0..<rows {
                (base + y * stride).update(from: view.plane(plane).row(y), count: count)
                if plane == 0, count % 2 == 1 { base[y * stride + count] = base[y * stride + count - 1] }
            }
            if plane == 0, rows % 2 == 1 {
                (base + rows * stride).update(from: base + (rows - 1) * stride, count: (count + 1) & ~1)
            }
        }
    }
}
