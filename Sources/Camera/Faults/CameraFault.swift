import Platform

/// Something that was or is wrong with a camera.
public struct CameraFault: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        // Single frames.

        /// The driver marked a frame as damaged (V4L2_BUF_FLAG_ERROR).
        case errorFlag = "error_flag"
        /// A JPEG that ends early or does not decode, or a frame with too few bytes.
        case damagedPicture = "damaged_picture"
        /// Gaps in the driver's sequence numbers.
        case lostFrames = "lost_frames"
        /// The driver refused a buffer (QBUF) or had none to give (DQBUF), for a moment.
        case bufferError = "buffer_error"
        /// Stamps that no clock explains; arrival times are used instead.
        case badTimestamp = "bad_timestamp"

        // The camera as a whole.

        /// The device is gone.
        case unplugged
        /// The driver ended the stream with an error, or would not start it.
        case streamError = "stream_error"
        /// No frame came for longer than it may take.
        case silent
        /// Another program holds the device.
        case busy
        /// The device may no longer be opened.
        case noAccess = "no_access"
        /// The format has changed under our hands.
        case formatChanged = "format_changed"
        /// The same picture or the same sequence number over and over.
        case frozen

        /// Whether no frames come while this lasts.
        public var isOutage: Bool {
            switch self {
            case .errorFlag, .damagedPicture, .lostFrames, .bufferError, .badTimestamp: false
            case .unplugged, .streamError, .silent, .busy, .noAccess, .formatChanged, .frozen: true
            }
        }
    }

    public var kind: Kind
    /// When it began: for an outage, the arrival of the last good frame.
    public var since: MonotonicTime
    /// When it was last noticed.
    public var last: MonotonicTime
    /// How often it was noticed since it began; for lost frames, how many were lost.
    public var count: Int
    /// One sentence for a person.
    public var detail: String
    /// Nanoseconds from its begin to its end; nil while it lasts.
    public var lasted: Int64?

    public init(kind: Kind, since: MonotonicTime, count: Int, detail: String) {
        self.kind = kind
        self.since = since
        last = since
        self.count = count
        self.detail = detail
    }
}
