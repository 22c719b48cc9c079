/// One plane of a published frame.
public struct FramePlane: Sendable, Equatable {
    /// First byte, counted from the frame's first byte.
    public var offset: Int
    /// Bytes from one row to the next.
    public var stride: Int

    public init(offset: Int, stride: Int) {
        self.offset = offset
        self.stride = stride
    }
}
