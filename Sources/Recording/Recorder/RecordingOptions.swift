/// How a recording is kept.
public struct RecordingOptions: Hashable, Sendable {
    public var mcap = MCAPWriterOptions()
    /// A new file begins before the current one grows beyond so many bytes ...
    public var segmentBytes: Int?
    /// ... or covers more than so many nanoseconds.
    public var segmentDuration: Int64?
    /// The open chunk is written after so many nanoseconds of real time at the latest; nil to go by log time only, so that
    /// equal messages give equal files.
    public var flushInterval: Int64? = 1_000_000_000
    /// Written chunks are forced to the disk after so many nanoseconds.
    public var syncInterval: Int64 = 2_000_000_000
    /// Whether a disk that is full or read-only at the start is waited for, as one that becomes so later is, instead of an
    /// error.
    public var waitsForDisk = false
    /// Quality of pictures that are not JPEG yet, 1 to 100.
    public var jpegQuality = 90

    public init() {}
}
