import CKernels

/// CRC-32 as MCAP uses it. A stored checksum of zero means that there is none.
enum Checksum {
    /// Continues a checksum over more bytes; begins with 0.
    static func crc32(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
        sightline_crc32(checksum, bytes.baseAddress, bytes.count)
    }
}
