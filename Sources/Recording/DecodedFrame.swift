import CAV
import Imaging

/// A frame of a drive, with its own reference to the samples: it stays valid while the reader goes on, and can be
/// handed to another thread.
///
/// A frame is made empty, filled by ``DriveReader/next(into:)``, and filled again: no allocation per frame on this side.
public struct DecodedFrame: ~Copyable, @unchecked Sendable {
    // `@unchecked Sendable`: noncopyable, so in one place at a time; the decoder's reference counts are atomic.

    /// Position in the drive, from 0. After a seek it follows from time and rate.
    public internal(set) var index = 0
    /// Presentation time in nanoseconds from the drive's start; increases from frame to frame.
    public internal(set) var timestamp: Int64 = 0
    public internal(set) var isKeyframe = false
    /// Whether the decoder had to conceal errors.
    public internal(set) var isDamaged = false

    enum Samples {
        case none
        case decoder
        case buffer
    }

    var samples = Samples.none
    var description = ImageDescription(width: 1, height: 1, format: .gray8)
    var decoderFrame: UnsafeMutablePointer<AVFrame>?
    var buffer = ImageBuffer()

    public init() {}

    deinit {
        var frame = decoderFrame
        av_frame_free(&frame)
    }

    /// Calls `body` with the picture: the decoder's own planes, valid during the call. Nil while the frame is empty.
    public borrowing func withView<Result: ~Copyable, Failure: Error>(
        _ body: (ImageView) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let view = unsafeView else { return nil }
        return try body(view)
    }

    /// The picture, valid until the frame is filled again or ends its life: the caller must keep it alive.
    public var unsafeView: ImageView? {
        switch samples {
        case .none: nil
        case .buffer: buffer.unsafeView
        case .decoder: decoderFrame.flatMap { ImageView(decoderFrame: $0, description: description) }
        }
    }
}
