/// A cheap number for a frame's bytes, to notice that a picture is the same as the one before.
///
/// Sparse: some four thousand words spread over the frame. Only when those agree is the whole frame read.
package struct PictureDigest {
    private var lastSparse: UInt64 = 0
    private var lastFull: UInt64 = 0
    private var hasFull = false
    private var distinct: UInt64 = 0

    private static let samples = 4096

    package init() {}

    /// The frame's number: equal for two frames in a row only if all their bytes are equal, up to a chance of 2^-64. (The
    /// first repetition goes unnoticed, for the frame before it was only read sparsely.)
    package mutating func update(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let sparse = Self.digest(bytes, step: max(8, bytes.count / Self.samples & ~7))
        guard sparse == lastSparse else {
            lastSparse = sparse
            hasFull = false
            distinct &+= 1
            return distinct
        }
        let full = Self.digest(bytes, step: 8)
        if !hasFull || full != lastFull { distinct &+= 1 }
        hasFull = true
        lastFull = full
        return distinct
    }

    /// Words at a distance, mixed by multiplication with an odd constant (the golden ratio's) and a rotation.
    private static func digest(_ bytes: UnsafeRawBufferPointer, step: Int) -> UInt64 {
        var value = UInt64(bytes.count) | 1
        var offset = 0
        while offset + 8 <= bytes.count {
            value = (value ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9e37_79b9_7f4a_7c15
            value = value << 29 | value >> 35
            offset += step
        }
        // The last bytes, which no step may have reached.
        for index in max(0, bytes.count - 8)..<bytes.count {
            value = (value ^ UInt64(bytes[index])) &* 0x9e37_79b9_7f4a_7c15
        }
        return value
    }
}
