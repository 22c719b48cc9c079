/// How a recording is written.
public struct MCAPWriterOptions: Hashable, Sendable {
    public var compression: MCAPCompression
    /// zstd's level, 1 (fast) to 19.
    public var level: Int32
    /// A chunk is written before it grows beyond this many bytes ...
    public var chunkBytes: Int
    /// ... or spans more than this many nanoseconds of log time. So much is lost when the power fails.
    public var chunkDuration: UInt64
    /// What the header says: the convention that topics and schemas follow (`ros2`; empty for none), and who wrote.
    public var profile: String
    public var library: String

    public init(
        compression: MCAPCompression = .zstd, level: Int32 = 1, chunkBytes: Int = 1 << 20,
        chunkDuration: UInt64 = 1_000_000_000, profile: String = "", library: String = "sightline"
    ) {
        self.compression = compression
        self.level = level
        self.chunkBytes = chunkBytes
        self.chunkDuration = chunkDuration
        self.profile = profile
        self.library = library
    }
}
