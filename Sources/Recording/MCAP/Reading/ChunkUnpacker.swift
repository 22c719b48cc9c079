import CLZ4
import CZstd

/// Unpacks chunks. Holds the libraries' states, to be used again; one thread uses it at a time.
///
/// What a chunk claims is not believed: never more is unpacked than it says, and it may not say more than the limit.
final class ChunkUnpacker {
    private let limit: Int
    private let zstd = ZSTD_createDCtx()
    private var lz4: OpaquePointer?

    init(limit: Int) {
        self.limit = limit
        if LZ4F_isError(LZ4F_createDecompressionContext(&lz4, UInt32(LZ4F_VERSION))) != 0 { lz4 = nil }
    }

    deinit {
        ZSTD_freeDCtx(zstd)
        LZ4F_freeDecompressionContext(lz4)
    }

    /// The chunk's records: in the file itself where they are stored plainly, else in `memory`.
    ///
    /// - Throws: when they cannot be unpacked, or are not what the checksum says.
    func unpack(
        _ chunk: MCAPChunkHeader, offset: Int, into memory: ChunkMemory
    ) throws(MCAPDamage) -> UnsafeRawBufferPointer {
        let records = try unverified(chunk, offset: offset, into: memory)
        guard chunk.checksum == 0 || chunk.checksum == Checksum.crc32(records) else {
            throw MCAPDamage(offset: offset, "a chunk whose checksum is wrong")
        }
        return records
    }

    /// As ``unpack(_:offset:into:)`` without regard to the checksum.
    func unverified(
        _ chunk: MCAPChunkHeader, offset: Int, into memory: ChunkMemory
    ) throws(MCAPDamage) -> UnsafeRawBufferPointer {
        let result = try unpackPart(chunk, offset: offset, into: memory)
        guard result.isWhole, result.records.count == chunk.uncompressedSize else {
            throw MCAPDamage(
                offset: offset,
                "a chunk of \(chunk.uncompressedSize) bytes of which \(result.records.count) can be unpacked")
        }
        return result.records
    }

    /// As much of a damaged or cut chunk as can be unpacked from its front.
    func unpackPart(
        _ chunk: MCAPChunkHeader, offset: Int, into memory: ChunkMemory
    ) throws(MCAPDamage) -> (records: UnsafeRawBufferPointer, isWhole: Bool) {
        guard let compression = MCAPCompression(rawValue: chunk.compression) else {
            throw MCAPDamage(offset: offset, "a chunk packed with '\(chunk.compression)'; known are zstd and lz4")
        }
        if compression == .none { return (chunk.data, true) }
        guard chunk.uncompressedSize <= limit else {
            throw MCAPDamage(
                offset: offset,
                "a chunk that claims to unpack to \(chunk.uncompressedSize) bytes; at most \(limit) are accepted")
        }
        let room = try memory.room(chunk.uncompressedSize, offset: offset)
        let (count, isWhole) = compression == .zstd ? unpackZstd(chunk.data, room) : unpackLZ4(chunk.data, room)
        return (UnsafeRawBufferPointer(rebasing: room[0..<count]), isWhole)
    }

    private func unpackZstd(_ data: UnsafeRawBufferPointer, _ room: UnsafeMutableRawBufferPointer) -> (Int, Bool) {
        let count = ZSTD_decompressDCtx(zstd, room.baseAddress, room.count, data.baseAddress, data.count)
        if ZSTD_isError(count) == 0 { return (count, true) }
        // Again in steps, which give what comes before the damage.
        ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only)
        var input = ZSTD_inBuffer(src: data.baseAddress, size: data.count, pos: 0)
        var output = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        while input.pos < input.size {
            let before = (input.pos, output.pos)
            if ZSTD_isError(ZSTD_decompressStream(zstd, &output, &input)) != 0 { break }
            if (input.pos, output.pos) == before { break }
        }
        ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only)
        return (output.pos, false)
    }

    private func unpackLZ4(_ data: UnsafeRawBufferPointer, _ room: UnsafeMutableRawBufferPointer) -> (Int, Bool) {
        guard let lz4 else { return (0, false) }
        LZ4F_resetDecompressionContext(lz4)
        var (read, written) = (0, 0)
        var options = LZ4F_decompressOptions_t()
        options.stableDst = 1
        while read < data.count {
            var (inputCount, outputCount) = (data.count - read, room.count - written)
            let hint = LZ4F_decompress(
                lz4, room.baseAddress.map { $0 + written }, &outputCount, data.baseAddress.map { $0 + read },
                &inputCount, &options)
            if LZ4F_isError(hint) != 0 { return (written, false) }
            read += inputCount
            written += outputCount
            if hint == 0 { return (written, read == data.count) }
            if inputCount == 0, outputCount == 0 { break }
        }
        return (written, false)
    }
}
