import CAV
import Imaging

/// Writes an MP4 (or MKV, MOV: by the path's extension) of H.264, or MPEG-4 where the library has no libx264.
///
/// The file is complete after ``close()``, which also happens when the writer goes away; what was written before an
/// error stays in it. Not thread-safe.
public final class VideoWriter {
    /// How a video is encoded.
    public struct Options: Hashable, Sendable {
        /// Frames per second of frames that come without a time.
        public var rate: Double
        /// Constant rate factor of libx264: 18 looks lossless, 23 good, 28 small.
        public var quality: Int
        public var threads: Int
        /// Encoder by FFmpeg's name; nil for libx264 or, without it, mpeg4.
        public var encoder: String?

        public init(rate: Double = 30, quality: Int = 23, threads: Int = 1, encoder: String? = nil) {
            self.rate = rate
            self.quality = quality
            self.threads = threads
            self.encoder = encoder
        }
    }

    public let path: String
    public let width: Int
    public let height: Int
    /// Colours of the written video; 4:2:0 frames of these colours are encoded without conversion.
    public let color: ColorDescription
    /// FFmpeg's name of the encoder.
    public var encoder: String { session.encoderName }
    public private(set) var frameCount = 0

    private let options: Options
    private let session: VideoEncoderSession
    private var converter: ImageConverter?
    private var converted = ImageBuffer()
    private var lastTimestamp: Int64 = -90
    private var isClosed = false

    /// Creates the file.
    ///
    /// - Parameters:
    ///   - width: of every frame; odd sizes are padded by one pixel, for H.264 in 4:2:0 has even sizes only.
    ///   - height: likewise.
    ///   - color: of the frames to come, so that 4:2:0 video is not converted; nil for the usual colours of that size.
    public init(
        path: String, width: Int, height: Int, color: ColorDescription? = nil, options: Options = .init()
    ) throws(RecordingError) {
        do throws(ImagingError) {
            try ImageLimits.check(width: width, height: height, context: path)
        } catch {
            throw .image(error)
        }
        guard options.rate.isFinite, 0.01...1000 ~= options.rate else {
            throw .invalidParameter(name: "rate", detail: "\(options.rate) frames a second is outside 0.01...1000")
        }
        guard 0...51 ~= options.quality, 1...64 ~= options.threads else {
            throw .invalidParameter(
                name: "video options",
                detail: "quality \(options.quality), \(options.threads) threads: 0...51 and 1...64")
        }
        self.path = path
        self.width = width
        self.height = height
        self.options = options
        var color = color ?? (height >= 720 ? .bt709Video : .bt601Video)
        color.range = .limited
        self.color = color
        session = try VideoEncoderSession(
            path: path, description: ImageDescription(width: width, height: height, format: .yuv420p, color: color),
            options: options)
    }

    deinit {
        // Nobody is left to tell about a failure; `close()` tells.
        if !isClosed { _ = session.finish() }
    }

    /// Appends a frame.
    ///
    /// - Parameters:
    ///   - view: of the writer's size, in any format.
    ///   - timestamp: nanoseconds from the video's start, increasing; nil to follow the rate.
    public func write(_ view: ImageView, timestamp: Int64? = nil) throws(RecordingError) {
        guard !isClosed else { throw .writingFailed(path: path, detail: "the video is closed already") }
        guard view.width == width, view.height == height else {
            throw .writingFailed(
                path: path, detail: "frame \(frameCount) is \(view.width)x\(view.height), not \(width)x\(height)")
        }
        let nanoseconds = timestamp ?? Int64((Double(frameCount) * 1e9 / options.rate).rounded())
        // 90 kHz, at least a millisecond after the frame before.
        let ticks = max(lastTimestamp + 90, nanoseconds / 100_000 * 9 + nanoseconds % 100_000 * 9 / 100_000)
        if isDirect(view) {
            try session.encode(view, timestamp: ticks)
        } else {
            do throws(ImagingError) {
                if converter?.source != view.description {
                    converter = try ImageConverter(source: view.description, format: .yuv420p, color: color)
                }
                try converter?.convert(view, into: &converted)
            } catch {
                throw .image(error)
            }
            try session.encode(converted.unsafeView, timestamp: ticks)
        }
        lastTimestamp = ticks
        frameCount += 1
    }

    /// Ends the video: frames still in the encoder are written, then the index. Further calls do nothing.
    public func close() throws(RecordingError) {
        guard !isClosed else { return }
        isClosed = true
        if let detail = session.finish() { throw .writingFailed(path: path, detail: detail) }
    }

    private func isDirect(_ view: ImageView) -> Bool {
        view.format == .yuv420p && view.color.matrix == color.matrix && view.color.range == color.range
    }
}
