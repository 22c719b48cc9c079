/// What a reader puts up with, so that no file can take all of the machine's memory.
public struct MCAPLimits: Hashable, Sendable {
    /// Bytes that one chunk may unpack to.
    public var chunkBytes: Int
    /// Bytes of unpacked chunks whose times overlap, which must all be at hand to read messages in order.
    public var overlapBytes: Int

    public init(chunkBytes: Int = 1 << 30, overlapBytes: Int = 2 << 30) {
        self.chunkBytes = chunkBytes
        self.overlapBytes = overlapBytes
    }
}
