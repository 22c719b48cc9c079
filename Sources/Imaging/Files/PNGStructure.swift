import CAV

/// The chunk structure of a PNG file (ISO/IEC 15948), checked before anything is decoded: a file that passes is
/// complete and every chunk's checksum is right.
struct PNGStructure {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    let width: Int
    let height: Int
    /// Whether pixels are indices into a palette.
    let isIndexed: Bool

    init(_ bytes: UnsafeRawBufferPointer, name: String) throws(ImagingError) {
        func word(_ offset: Int) -> Int {
            Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        guard bytes.count >= 33, bytes.prefix(8).elementsEqual(Self.signature), word(12) == 0x4948_4452 else {
            throw .damagedImage(path: name, detail: "the PNG header is incomplete")
        }
        width = word(16)
        height = word(20)
        isIndexed = bytes[25] == 3
        try ImageLimits.check(width: width, height: height, context: name)
        var position = 8
        var isComplete = false
        while !isComplete {
            guard position + 12 <= bytes.count else {
                throw .damagedImage(path: name, detail: "the PNG ends at byte \(bytes.count), within a chunk")
            }
            let length = word(position)
            guard length <= bytes.count - position - 12 else {
                throw .damagedImage(
                    path: name,
                    detail: "the PNG chunk at byte \(position) of \(length) bytes goes beyond the file's end")
            }
            let end = position + 8 + length
            guard Self.checksum(bytes[position + 4..<end]) == UInt32(word(end)) else {
                throw .damagedImage(path: name, detail: "the checksum of the PNG chunk at byte \(position) is wrong")
            }
            isComplete = word(position + 4) == 0x4945_4e44
            position = end + 4
        }
    }

    private static func checksum(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt32 {
        let region = UnsafeRawBufferPointer(rebasing: bytes)
        return ~av_crc(
            av_crc_get_table(AV_CRC_32_IEEE_LE), ~0, region.baseAddress?.assumingMemoryBound(to: UInt8.self),
            region.count)
    }
}
