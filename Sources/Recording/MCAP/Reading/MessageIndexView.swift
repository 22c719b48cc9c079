/// The message index of one channel of a chunk, in place: when each message was recorded and where it lies in the
/// unpacked chunk.
struct MessageIndexView {
    var channelID: UInt16
    private let entries: UnsafeRawBufferPointer

    /// Bytes of an entry: time and place.
    static let entryBytes = 16

    init(content: UnsafeRawBufferPointer, offset: Int) throws(MCAPDamage) {
        var cursor = ByteCursor(content, origin: offset)
        channelID = try cursor.integer()
        entries = try cursor.prefixedBytes()
        guard entries.count % Self.entryBytes == 0, cursor.remaining == 0 else {
            throw MCAPDamage(offset: offset, "a message index of \(entries.count) bytes")
        }
    }

    var count: Int { entries.count / Self.entryBytes }

    subscript(index: Int) -> (logTime: UInt64, offset: UInt64) {
        let start = index * Self.entryBytes
        return (
            UInt64(littleEndian: entries.loadUnaligned(fromByteOffset: start, as: UInt64.self)),
            UInt64(littleEndian: entries.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
        )
    }
}
