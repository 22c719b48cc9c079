import Platform
import Tensors

/// A file of packed weights, mapped into memory.
///
/// 64 bytes of header (magic, format, number of blocks, key, checksum of all that follows), then for each block its offset
/// and byte count, then the blocks, each on a 64-byte boundary and followed by zeros that vector loads may read.
final class WeightsCacheFile {
    private static let magic: UInt64 = 0x3154_4857_4C54_4753  // "SGTLWHT1"
    private static let headerBytes = 64
    /// Behind each block: as behind any constant, see ``ConstantMemory``.
    private static let slackBytes = 192
    /// Far above what any network needs.
    private static let maximumBlocks = 1 << 20

    private let file: MappedFile
    private let blocks: [UnsafeRawBufferPointer]

    /// Why a file is of no use.
    struct Defect: Error {
        let detail: String
    }

    /// Maps a file and verifies it wholly.
    ///
    /// - Returns: nil where there is no such file.
    static func open(_ path: String, key: UInt64) throws(Defect) -> WeightsCacheFile? {
        let file: MappedFile
        do {
            file = try MappedFile(path: path)
        } catch {
            if case .systemCall(_, _, let code) = error, code == 2 { return nil }  // ENOENT
            throw Defect(detail: "\(error)")
        }
        return try WeightsCacheFile(file, key: key)
    }

    private init(_ mapped: consuming MappedFile, key: UInt64) throws(Defect) {
        file = mapped
        blocks = try file.withBytes { (bytes) throws(Defect) in try Self.blocks(of: bytes, key: key) }
    }

    func block(_ index: Int) -> UnsafeRawBufferPointer? { index < blocks.count ? blocks[index] : nil }

    // MARK: - Reading

    private static func blocks(
        of bytes: UnsafeRawBufferPointer, key: UInt64
    ) throws(Defect) -> [UnsafeRawBufferPointer] {
        guard bytes.count >= headerBytes else { throw Defect(detail: "truncated") }
        func word(_ index: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
        guard word(0) == magic, word(2) == key else { throw Defect(detail: "not the cache of this network") }
        let count = word(1)
        guard count <= maximumBlocks, UInt64(bytes.count) == word(4) else { throw Defect(detail: "truncated") }
        let contents = UnsafeRawBufferPointer(rebasing: bytes[headerBytes...])
        guard contents.count >= Int(count) * 16, XXHash64.digest(contents, seed: key) == word(3) else {
            throw Defect(detail: "damaged")
        }
        var blocks: [UnsafeRawBufferPointer] = []
        blocks.reserveCapacity(Int(count))
        for index in 0..<Int(count) {
            let offset = word(headerBytes / 8 + 2 * index)
            let length = word(headerBytes / 8 + 2 * index + 1)
            guard offset % 64 == 0, offset <= UInt64(bytes.count),
                length <= UInt64(bytes.count) - offset
            else { throw Defect(detail: "damaged") }
            blocks.append(UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset + length)]))
        }
        return blocks
    }

    // MARK: - Writing

    /// The bytes of a file that holds these blocks.
    static func serialized(_ blocks: [UnsafeRawBufferPointer], key: UInt64) -> [UInt8] {
        func aligned(_ count: Int) -> Int { (count + 63) / 64 * 64 }
        var offsets: [Int] = []
        var end = aligned(headerBytes + blocks.count * 16)
        for block in blocks {
            offsets.append(end)
            end = aligned(end + block.count + slackBytes)
        }
        var bytes = [UInt8](repeating: 0, count: end)
        bytes.withUnsafeMutableBytes { target in
            func store(_ value: UInt64, _ index: Int) {
                target.storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self)
            }
            for (index, block) in blocks.enumerated() {
                store(UInt64(offsets[index]), headerBytes / 8 + 2 * index)
                store(UInt64(block.count), headerBytes / 8 + 2 * index + 1)
                UnsafeMutableRawBufferPointer(rebasing: target[offsets[index]...]).copyMemory(from: block)
            }
            store(magic, 0)
            store(UInt64(blocks.count), 1)
            store(key, 2)
            store(XXHash64.digest(UnsafeRawBufferPointer(rebasing: target[headerBytes...]), seed: key), 3)
            store(UInt64(end), 4)
        }
        return bytes
    }
}
