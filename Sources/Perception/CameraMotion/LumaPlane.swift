/// Brightness samples of a captured frame that somebody else owns; valid during the call that they are passed to.
public struct LumaPlane {
    public let base: UnsafePointer<UInt8>
    public let width: Int
    public let height: Int
    /// Bytes from a row to the next, and from a sample to the next (2 in YUYV, 3 for the green of RGB).
    public let rowStride: Int
    public let sampleStride: Int

    public init(base: UnsafePointer<UInt8>, width: Int, height: Int, rowStride: Int, sampleStride: Int = 1) {
        self.base = base
        self.width = width
        self.height = height
        self.rowStride = rowStride
        self.sampleStride = sampleStride
    }
}
