/// Walks the records of a stretch of bytes that has nothing but records: an unpacked chunk, a summary section.
struct RecordCursor {
    struct Record {
        /// Of ``MCAPOpcode``, or one that this program does not know.
        var opcode: UInt8
        var content: UnsafeRawBufferPointer
        /// Place of the record's first byte in the stretch.
        var position: Int
    }

    private let bytes: UnsafeRawBufferPointer
    /// Place in the file, for messages.
    private let origin: Int
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, origin: Int, position: Int = 0) {
        self.bytes = bytes
        self.origin = origin
        self.position = position
    }

    /// The next record; nil at the end.
    @inline(__always)
    mutating func next() throws(MCAPDamage) -> Record? {
        let remaining = bytes.count - position
        if remaining == 0 { return nil }
        let head = MCAPFormat.recordHeadBytes
        guard remaining >= head else { throw MCAPDamage(offset: origin, "a record that ends within its head") }
        let opcode = bytes[position]
        let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 1, as: UInt64.self))
        guard length <= UInt64(remaining - head) else {
            throw MCAPDamage(offset: origin, "a record of \(length) bytes where \(remaining - head) are left")
        }
        let start = position + head
        let end = start + Int(length)
        defer { position = end }
        return Record(
            opcode: opcode, content: UnsafeRawBufferPointer(rebasing: bytes[start..<end]), position: position)
    }
}
