import Platform

/// Memory for the unpacked records of one chunk after the other. Pages become real as they are written, so that a chunk
/// which claims to be huge and is not takes up little.
final class ChunkMemory {
    private var block: AlignedMemory?

    /// At least `byteCount` bytes; what was there before is lost.
    func room(_ byteCount: Int, offset: Int) throws(MCAPDamage) -> UnsafeMutableRawBufferPointer {
        if (block?.byteCount ?? 0) < byteCount {
            block = nil
            do throws(PlatformError) {
                block = try AlignedMemory(byteCount: byteCount)
            } catch {
                throw MCAPDamage(offset: offset, "\(error)")
            }
        }
        let bytes = block?.unsafeBytes ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
        return UnsafeMutableRawBufferPointer(rebasing: bytes[0..<byteCount])
    }
}
