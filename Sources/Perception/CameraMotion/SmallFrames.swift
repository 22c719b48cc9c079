/// The brightness of this frame and of the one before at a fraction of their size, in storage that is used again and again.
struct SmallFrames: ~Copyable {
    let width: Int
    let height: Int
    /// Captured pixels per small pixel, along each axis.
    let factor: Int
    /// Bytes from a row to the next: rows end with room for a vector load that begins at their last pixel.
    let rowStride: Int
    private(set) var newest: UnsafeMutablePointer<UInt8>
    private(set) var last: UnsafeMutablePointer<UInt8>

    init(frameWidth: Int, frameHeight: Int, factor: Int) {
        self.factor = factor
        width = frameWidth / factor
        height = frameHeight / factor
        rowStride = width + 16
        let count = rowStride * height + 16
        newest = .allocate(capacity: count)
        newest.initialize(repeating: 0, count: count)
        last = .allocate(capacity: count)
        last.initialize(repeating: 0, count: count)
    }

    deinit {
        newest.deallocate()
        last.deallocate()
    }

    /// Makes the newest frame the last one and fills the given rows of the newest: each pixel is the mean of four samples of
    /// its cell.
    ///
    /// - Precondition: the frame has the size that this was made for.
    mutating func advance(_ luma: LumaPlane, rows: Range<Int>) {
        precondition(luma.width / factor == width && luma.height / factor == height)
        swap(&newest, &last)
        let near = factor / 4
        let far = factor - 1 - near
        let stride = luma.sampleStride
        for row in rows {
            let upper = luma.base + (row * factor + near) * luma.rowStride
            let lower = luma.base + (row * factor + far) * luma.rowStride
            let out = newest + row * rowStride
            for column in 0..<width {
                let left = (column &* factor &+ near) &* stride
                let right = (column &* factor &+ far) &* stride
                let sum = UInt16(upper[left]) &+ UInt16(upper[right]) &+ UInt16(lower[left]) &+ UInt16(lower[right])
                out[column] = UInt8(truncatingIfNeeded: (sum &+ 2) >> 2)
            }
        }
    }
}
