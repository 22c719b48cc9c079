/// What a chunk says about itself before its records.
struct MCAPChunkHeader {
    var startTime: UInt64
    var endTime: UInt64
    var uncompressedSize: Int
    /// Of the uncompressed records; 0 for none.
    var checksum: UInt32
    var compression: String
    /// The records as they lie in the file.
    var data: UnsafeRawBufferPointer

    /// Bytes of a chunk record with its head, before its compressed records.
    static func byteCount(compression: String) -> Int {
        MCAPFormat.recordHeadBytes + 8 + 8 + 8 + 4 + 4 + compression.utf8.count + 8
    }

    /// Takes the content of a chunk record, which ends with the chunk's data.
    ///
    /// - Parameter isCut: whether the content may end before the chunk does.
    init(content: UnsafeRawBufferPointer, offset: Int, isCut: Bool = false) throws(MCAPDamage) {
        var cursor = ByteCursor(content, origin: offset)
        startTime = try cursor.integer()
        endTime = try cursor.integer()
        uncompressedSize = try cursor.size()
        checksum = try cursor.integer()
        compression = try cursor.string()
        let length = isCut ? min(try cursor.size(), cursor.remaining) : try cursor.size()
        guard length == cursor.remaining else {
            throw MCAPDamage(
                offset: offset, "a chunk of \(length) bytes in a record that has room for \(cursor.remaining)")
        }
        data = try cursor.raw(length)
    }
}
