import CLZ4
import CZstd

/// How the records of a chunk are packed.
public enum MCAPCompression: String, Sendable, Hashable, CaseIterable {
    case none = ""
    case lz4
    case zstd

    /// The name as one types it.
    public var label: String { self == .none ? "none" : rawValue }

    public init?(label: String) {
        guard let match = Self.allCases.first(where: { $0.label == label }) else { return nil }
        self = match
    }
}

/// Packs chunks. Holds the library's state, to be used again; one thread uses it at a time.
final class ChunkCompressor {
    private let compression: MCAPCompression
    private let zstd: OpaquePointer?
    private let level: Int32

    /// - Parameter level: zstd's 1 (fast) to 19; lz4 is always at its fastest.
    init(_ compression: MCAPCompression, level: Int32 = 1) {
        self.compression = compression
        self.level = level
        zstd = compression == .zstd ? ZSTD_createCCtx() : nil
    }

    deinit {
        ZSTD_freeCCtx(zstd)
    }

    /// Appends the packed bytes; false, and nothing appended, when packing saves less than one part in 32. Such chunks
    /// (pictures, mostly) are better stored as they are: then they are read without being copied.
    func compress(_ bytes: UnsafeRawBufferPointer, into buffer: inout RecordBuffer) -> Bool {
        let start = buffer.count
        let worthwhile = bytes.count - bytes.count / 32
        let packed: Int
        switch compression {
        case .none: return false
        case .lz4:
            let room = buffer.extend(LZ4F_compressFrameBound(bytes.count, nil))
            let count = LZ4F_compressFrame(room.baseAddress, room.count, bytes.baseAddress, bytes.count, nil)
            packed = LZ4F_isError(count) != 0 ? .max : count
        case .zstd:
            let room = buffer.extend(ZSTD_compressBound(bytes.count))
            let count = ZSTD_compressCCtx(zstd, room.baseAddress, room.count, bytes.baseAddress, bytes.count, level)
            packed = ZSTD_isError(count) != 0 ? .max : count
        }
        let isWorthwhile = packed < worthwhile
        buffer.truncate(to: start + (isWorthwhile ? packed : 0))
        return isWorthwhile
    }
}
