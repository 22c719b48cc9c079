import CAV
import Glibc
import Imaging

/// FFmpeg's objects for one open video: demuxer, decoder, packet. Owns and frees them.
final class VideoSession {
    let path: String
    let stream: UnsafeMutablePointer<AVStream>
    let codec: UnsafeMutablePointer<AVCodecContext>
    let packet: UnsafeMutablePointer<AVPacket>
    private var format: UnsafeMutablePointer<AVFormatContext>
    /// Monotonic second at which the demuxer is told to give up; shared with its interrupt callback.
    private let deadline: UnsafeMutablePointer<Int>

    /// No single call into the demuxer takes longer than this, whatever the file says.
    private static let patience = 30

    /// Containers that hold video. Playlists, text and network protocols are left out on purpose.
    private static let containers =
        "mov,mp4,avi,matroska,webm,mpegts,mpeg,mpegvideo,h264,hevc,m4v,mjpeg,flv,asf,ogg,ivf,nut,dv"

    init(path: String, threads: Int) throws(RecordingError) {
        guard 1...64 ~= threads else {
            throw .invalidParameter(name: "decoder threads", detail: "\(threads) is outside 1...64")
        }
        AVLog.clear()
        self.path = path
        let deadline = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        deadline.initialize(to: Self.now() + Self.patience)
        var opened: UnsafeMutablePointer<AVFormatContext>?
        var openedCodec: UnsafeMutablePointer<AVCodecContext>?
        do throws(RecordingError) {
            let format = try Self.openContainer(path, deadline: deadline)
            opened = format
            stream = try Self.findVideo(format, path: path)
            let codec = try Self.openDecoder(stream, path: path, threads: threads)
            openedCodec = codec
            guard let packet = av_packet_alloc() else { throw .file(path: path, detail: "out of memory") }
            self.packet = packet
            self.codec = codec
            self.format = format
            self.deadline = deadline
        } catch {
            avcodec_free_context(&openedCodec)
            avformat_close_input(&opened)
            deadline.deallocate()
            throw error
        }
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        var codec: UnsafeMutablePointer<AVCodecContext>? = codec
        var format: UnsafeMutablePointer<AVFormatContext>? = format
        av_packet_free(&packet)
        avcodec_free_context(&codec)
        avformat_close_input(&format)
        deadline.deallocate()
    }

    /// Reads the next packet of the video stream; an FFmpeg error code when there is none.
    func readPacket() -> Int32 {
        deadline.pointee = Self.now() + Self.patience
        while true {
            let result = av_read_frame(format, packet)
            if result < 0 || packet.pointee.stream_index == stream.pointee.index { return result }
            av_packet_unref(packet)
        }
    }

    /// Goes to the keyframe at or before a time; the decoder starts afresh.
    func seek(to timestamp: Int64) -> Int32 {
        deadline.pointee = Self.now() + Self.patience
        AVLog.clear()
        let result = av_seek_frame(format, stream.pointee.index, timestamp, AVSEEK_FLAG_BACKWARD)
        if result >= 0 { avcodec_flush_buffers(codec) }
        return result
    }

    func nanoseconds(streamUnits: Int64) -> Int64 {
        av_rescale_q(streamUnits, stream.pointee.time_base, AVRational(num: 1, den: 1_000_000_000))
    }

    func streamUnits(nanoseconds: Int64) -> Int64 {
        av_rescale_q(nanoseconds, AVRational(num: 1, den: 1_000_000_000), stream.pointee.time_base)
    }

    /// The container's first name, its claimed duration in seconds.
    var container: (name: String, duration: Double?) {
        let names = String(cString: format.pointee.iformat.pointee.name)
        let duration = format.pointee.duration
        return (
            names.split(separator: ",").first.map(String.init) ?? names,
            duration > 0 ? Double(duration) / AVConstants.timeBase : nil
        )
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }

    private static func openContainer(
        _ path: String, deadline: UnsafeMutablePointer<Int>
    ) throws(RecordingError) -> UnsafeMutablePointer<AVFormatContext> {
        var context = avformat_alloc_context()
        guard context != nil else { throw .file(path: path, detail: "out of memory") }
        context?.pointee.interrupt_callback = AVIOInterruptCB(
            callback: { opaque in
                guard let deadline = opaque?.assumingMemoryBound(to: Int.self) else { return 0 }
                return VideoSession.now() > deadline.pointee ? 1 : 0
            }, opaque: deadline)
        var options: OpaquePointer?
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        av_dict_set(&options, "format_whitelist", containers, 0)
        defer { av_dict_free(&options) }
        // Opening frees the context when it fails.
        let result = avformat_open_input(&context, "file:" + path, nil, &options)
        guard result >= 0, let context else {
            if result == -ENOENT || result == -EACCES || result == -EISDIR {
                throw .file(path: path, detail: AVConstants.message(result))
            }
            throw .unknownKind(path: path, detail: AVLog.detail(result))
        }
        let found = avformat_find_stream_info(context, nil)
        guard found >= 0 else {
            var closing: UnsafeMutablePointer<AVFormatContext>? = context
            avformat_close_input(&closing)
            throw .damaged(path: path, frame: 0, detail: AVLog.detail(found))
        }
        return context
    }

    private static func findVideo(
        _ format: UnsafeMutablePointer<AVFormatContext>, path: String
    ) throws(RecordingError) -> UnsafeMutablePointer<AVStream> {
        let index = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
        guard index >= 0, index < Int32(format.pointee.nb_streams),
            let stream = format.pointee.streams[Int(index)]
        else {
            throw .unknownKind(path: path, detail: "it has no video stream")
        }
        for other in 0..<Int(format.pointee.nb_streams) where other != Int(index) {
            format.pointee.streams[other]?.pointee.discard = AVDISCARD_ALL
        }
        return stream
    }

    private static func openDecoder(
        _ stream: UnsafeMutablePointer<AVStream>, path: String, threads: Int
    ) throws(RecordingError) -> UnsafeMutablePointer<AVCodecContext> {
        let parameters = stream.pointee.codecpar
        guard let parameters, let decoder = avcodec_find_decoder(parameters.pointee.codec_id) else {
            throw .unsupported(path: path, detail: "its video codec")
        }
        var context = avcodec_alloc_context3(decoder)
        guard let codec = context else { throw .file(path: path, detail: "out of memory") }
        var result = avcodec_parameters_to_context(codec, parameters)
        if result >= 0 {
            codec.pointee.pkt_timebase = stream.pointee.time_base
            codec.pointee.thread_count = Int32(threads)
            codec.pointee.max_pixels = Int64(ImageLimits.maximumSide * ImageLimits.maximumSide)
            result = avcodec_open2(codec, decoder, nil)
        }
        guard result >= 0 else {
            avcodec_free_context(&context)
            throw .damaged(path: path, frame: 0, detail: AVLog.detail(result))
        }
        return codec
    }
}
