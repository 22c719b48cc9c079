/// Takes little-endian fields one after the other from bytes that nobody vouches for: every step is checked.
///
/// The bytes must outlive the cursor.
struct ByteCursor {
    private let bytes: UnsafeRawBufferPointer
    /// Where the first byte lies in the file, for messages.
    private let origin: Int
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer, origin: Int) {
        self.bytes = bytes
        self.origin = origin
    }

    var remaining: Int { bytes.count - position }

    /// The place of the next byte in the file.
    var offset: Int { origin + position }

    @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(MCAPDamage) -> Value {
        guard remaining >= MemoryLayout<Value>.size else { throw ended }
        defer { position += MemoryLayout<Value>.size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// A 64-bit size or place, which a file on this machine keeps below 2^63.
    mutating func size() throws(MCAPDamage) -> Int {
        let value = try integer(UInt64.self)
        guard let size = Int(exactly: value) else { throw MCAPDamage(offset: offset, "a size of \(value) bytes") }
        return size
    }

    /// The next bytes, in place.
    mutating func raw(_ count: Int) throws(MCAPDamage) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw ended }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// Bytes with their 32-bit length before them.
    mutating func prefixedBytes() throws(MCAPDamage) -> UnsafeRawBufferPointer {
        try raw(Int(try integer(UInt32.self)))
    }

    /// Text with its 32-bit length before it.
    mutating func string() throws(MCAPDamage) -> String {
        let start = offset
        let text = try prefixedBytes()
        guard let string = String(validating: text, as: UTF8.self) else {
            throw MCAPDamage(offset: start, "text that is not UTF-8")
        }
        return string
    }

    /// Pairs of text with the pairs' total length before them, in file order.
    mutating func stringPairs() throws(MCAPDamage) -> [String: String] {
        var pairs = ByteCursor(try prefixedBytes(), origin: offset)
        var result: [String: String] = [:]
        while pairs.remaining > 0 {
            let key = try pairs.string()
            result[key] = try pairs.string()
        }
        return result
    }

    private var ended: MCAPDamage { MCAPDamage(offset: offset, "the record ends within a field") }
}
