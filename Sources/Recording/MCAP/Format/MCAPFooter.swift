/// The last record of a complete file: where its summary lies.
struct MCAPFooter {
    /// 0 without a summary.
    var summaryStart: Int
    var summaryOffsetStart: Int
    /// Of everything from the summary's start to the footer's own checksum; 0 for none.
    var checksum: UInt32

    init(summaryStart: Int, summaryOffsetStart: Int, checksum: UInt32) {
        self.summaryStart = summaryStart
        self.summaryOffsetStart = summaryOffsetStart
        self.checksum = checksum
    }

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        summaryStart = try cursor.size()
        summaryOffsetStart = try cursor.size()
        checksum = try cursor.integer()
    }

    /// Finds the footer of a file that ends as it should.
    static func find(in file: UnsafeRawBufferPointer) throws(MCAPDamage) -> (footer: MCAPFooter, offset: Int) {
        let magicStart = file.count - MCAPFormat.magic.count
        let start = magicStart - MCAPFormat.footerBytes
        guard start >= MCAPFormat.magic.count, file[magicStart...].elementsEqual(MCAPFormat.magic) else {
            throw MCAPDamage(offset: file.count, "the file ends without its closing mark")
        }
        var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: file[start..<magicStart]), origin: start)
        let opcode: UInt8 = try cursor.integer()
        let length = try cursor.size()
        guard opcode == MCAPOpcode.footer.rawValue, length == MCAPFormat.footerBytes - MCAPFormat.recordHeadBytes else {
            throw MCAPDamage(offset: start, "no footer before the closing mark")
        }
        return (try MCAPFooter(&cursor), start)
    }

    /// Writes the footer; `checksum` is completed over the summary's checksum and the footer's own first fields.
    static func encode(
        into buffer: inout RecordBuffer, summaryStart: Int, summaryOffsetStart: Int, summaryChecksum: UInt32
    ) {
        let start = buffer.count
        buffer.record(.footer) { buffer in
            buffer.append(UInt64(summaryStart))
            buffer.append(UInt64(summaryOffsetStart))
            buffer.append(0 as UInt32)
        }
        let covered = UnsafeRawBufferPointer(rebasing: buffer.bytes[start..<buffer.count - 4])
        buffer.patch(Checksum.crc32(covered, continuing: summaryChecksum), at: buffer.count - 4)
    }
}
