import CAV
import Glibc
import Imaging

/// Decodes a video stream whose frames come as single messages (`foxglove.CompressedVideo`).
final class VideoMessageDecoder {
    let codecName: String
    private let codec: UnsafeMutablePointer<AVCodecContext>
    private let packet: UnsafeMutablePointer<AVPacket>

    /// - Parameter format: `h264`, `h265`, `vp9`, `av1`.
    init(format: String, path: String, threads: Int) throws(RecordingError) {
        let known: [String: AVCodecID] = [
            "h264": AV_CODEC_ID_H264, "h265": AV_CODEC_ID_HEVC, "hevc": AV_CODEC_ID_HEVC, "vp9": AV_CODEC_ID_VP9,
            "av1": AV_CODEC_ID_AV1,
        ]
        guard let identifier = known[format.lowercased()], let decoder = avcodec_find_decoder(identifier) else {
            throw .unsupported(path: path, detail: "video of format '\(format)'")
        }
        codecName = format
        var context = avcodec_alloc_context3(decoder)
        var packet = av_packet_alloc()
        guard let codec = context, let somePacket = packet else {
            avcodec_free_context(&context)
            av_packet_free(&packet)
            throw .file(path: path, detail: "out of memory")
        }
        codec.pointee.thread_count = Int32(clamping: threads)
        codec.pointee.max_pixels = Int64(ImageLimits.maximumSide * ImageLimits.maximumSide)
        codec.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
        let result = avcodec_open2(codec, decoder, nil)
        guard result >= 0 else {
            avcodec_free_context(&context)
            av_packet_free(&packet)
            throw .unsupported(path: path, detail: "\(format): \(AVConstants.message(result))")
        }
        self.codec = codec
        self.packet = somePacket
    }

    deinit {
        var codec: UnsafeMutablePointer<AVCodecContext>? = codec
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        avcodec_free_context(&codec)
        av_packet_free(&packet)
    }

    /// Hands a message's bytes to the decoder; false when it cannot use them.
    func send(_ bytes: UnsafeRawBufferPointer, timestamp: Int64) -> Bool {
        guard let base = bytes.baseAddress, av_new_packet(packet, Int32(clamping: bytes.count)) == 0 else {
            return false
        }
        memcpy(packet.pointee.data, base, bytes.count)
        packet.pointee.pts = timestamp
        packet.pointee.dts = timestamp
        defer { av_packet_unref(packet) }
        return avcodec_send_packet(codec, packet) >= 0
    }

    /// Tells the decoder that nothing more comes, so that it gives what it holds.
    func finish() {
        avcodec_send_packet(codec, nil)
    }

    /// Starts afresh, at a key frame.
    func flush() {
        avcodec_flush_buffers(codec)
    }

    /// The next decoded frame and its timestamp; nil when the decoder wants more.
    func receive(into frame: UnsafeMutablePointer<AVFrame>) -> Int64? {
        guard avcodec_receive_frame(codec, frame) == 0 else { return nil }
        let own = frame.pointee.pts
        return own == AVConstants.noTimestamp ? 0 : own
    }

    /// Whether a message begins a stream: decoding may start there. Only known for H.264 and H.265.
    static func isKeyFrame(_ bytes: UnsafeRawBufferPointer, format: String) -> Bool {
        let isHEVC = ["h265", "hevc"].contains(format.lowercased())
        guard isHEVC || format.lowercased() == "h264" else { return false }
        var place = 0
        while place + 3 < bytes.count {
            guard bytes[place] == 0, bytes[place + 1] == 0, bytes[place + 2] == 1 else {
                place += 1
                continue
            }
            let head = bytes[place + 3]
            // Annex B: coded slice of an IDR picture; HEVC's random access pictures 16...21.
            if isHEVC ? 16...21 ~= (head >> 1) & 0x3F : head & 0x1F == 5 { return true }
            place += 3
        }
        return false
    }
}
