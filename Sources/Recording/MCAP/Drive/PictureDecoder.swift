import CAV
import Imaging

/// Turns picture messages into frames.
final class PictureDecoder {
    let kind: PictureMessage.Kind
    /// Short name of what was decoded last: `jpeg`, `rgb8`, `h264`.
    private(set) var codecName = ""
    private let path: String
    private let threads: Int
    private let jpeg: JPEGDecoder
    private var video: VideoMessageDecoder?
    private var buffer = ImageBuffer()
    /// Time of the picture that waits in ``buffer``.
    private var waiting: Int64?

    init(kind: PictureMessage.Kind, path: String, threads: Int) throws(RecordingError) {
        self.kind = kind
        self.path = path
        self.threads = threads
        do throws(ImagingError) { jpeg = try JPEGDecoder() } catch { throw .image(error) }
    }

    /// Decodes a message, or hands it to the video decoder.
    ///
    /// - Parameter startTime: what the frame's time is counted from.
    func send(_ message: MCAPMessage, startTime: Int64, usesStamps: Bool) throws(RecordingError) {
        guard let picture = PictureMessage(message.data, kind: kind) else {
            throw .damaged(path: path, frame: Int(message.sequence), detail: "a message that is no picture")
        }
        let stamp = usesStamps && picture.timestamp > 0 ? picture.timestamp : Int64(clamping: message.logTime)
        let time = stamp &- startTime
        switch kind {
        case .foxgloveVideo:
            let decoder = try videoDecoder(picture.format)
            guard decoder.send(picture.data, timestamp: time) else {
                throw .damaged(path: path, frame: Int(message.sequence), detail: "a frame that does not decode")
            }
        case .foxgloveRaw, .rosRaw: try decodeRaw(picture, time, sequence: message.sequence)
        case .foxgloveCompressed, .rosCompressed: try decodeCompressed(picture, time)
        }
    }

    private func videoDecoder(_ format: String) throws(RecordingError) -> VideoMessageDecoder {
        if let video { return video }
        let decoder = try VideoMessageDecoder(format: format, path: path, threads: threads)
        video = decoder
        codecName = decoder.codecName
        return decoder
    }

    private func decodeRaw(_ picture: PictureMessage, _ time: Int64, sequence: UInt32) throws(RecordingError) {
        guard let format = RawPicture.format(picture.format) else {
            throw .unsupported(path: path, detail: "pixel format '\(picture.format)'")
        }
        guard let view = RawPicture.view(picture, format: format) else {
            throw .damaged(
                path: path, frame: Int(sequence),
                detail: "\(picture.data.count) bytes for a picture of \(picture.width)x\(picture.height)")
        }
        do throws(ImagingError) { try buffer.copy(view) } catch { throw .image(error) }
        codecName = picture.format
        waiting = time
    }

    private func decodeCompressed(_ picture: PictureMessage, _ time: Int64) throws(RecordingError) {
        do throws(ImagingError) {
            try ImageFile.decode(picture.data, into: &buffer, using: jpeg, name: path)
        } catch {
            throw .image(error)
        }
        codecName = picture.data.first == 0xFF ? "jpeg" : "png"
        waiting = time
    }

    /// The next frame's time, with its samples in `frame`; nil when there is none yet.
    func receive(into frame: inout DecodedFrame) throws(RecordingError) -> Int64? {
        if let time = waiting {
            waiting = nil
            swap(&frame.buffer, &buffer)
            frame.samples = .buffer
            frame.isKeyframe = true
            frame.isDamaged = false
            return time
        }
        guard let video else { return nil }
        guard let target = frame.decoderFrame ?? av_frame_alloc() else {
            throw .file(path: path, detail: "out of memory")
        }
        frame.decoderFrame = target
        guard let time = video.receive(into: target) else { return nil }
        try frame.takeSamples(of: target, path: path)
        return time
    }

    func finish() {
        video?.finish()
    }

    func flush() {
        waiting = nil
        video?.flush()
    }
}
