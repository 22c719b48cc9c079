/// Reads what ROS 2 messages are encoded in: OMG's Common Data Representation, in place. Every step is checked.
///
/// Source: https://www.omg.org/spec/DDSI-RTPS, section 10
struct CDRReader {
    private let body: UnsafeRawBufferPointer
    private let isLittleEndian: Bool
    private var position = 0

    /// Nil when the message has no head of four bytes.
    init?(_ message: UnsafeRawBufferPointer) {
        guard message.count >= 4, message[0] == 0 else { return nil }
        isLittleEndian = message[1] & 1 == 1
        body = UnsafeRawBufferPointer(rebasing: message[4...])
    }

    mutating func unsigned8() -> UInt8? {
        guard position < body.count else { return nil }
        defer { position += 1 }
        return body[position]
    }

    mutating func unsigned32() -> UInt32? {
        position = (position + 3) & ~3
        guard body.count - position >= 4 else { return nil }
        defer { position += 4 }
        let value = body.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        return isLittleEndian ? UInt32(littleEndian: value) : UInt32(bigEndian: value)
    }

    /// A sequence of bytes.
    mutating func bytes() -> UnsafeRawBufferPointer? {
        guard let count = unsigned32(), Int(count) <= body.count - position else { return nil }
        defer { position += Int(count) }
        return UnsafeRawBufferPointer(rebasing: body[position..<position + Int(count)])
    }

    /// Text, which is stored with a zero behind it.
    mutating func string() -> String? {
        guard let bytes = bytes() else { return nil }
        let text = bytes.last == 0 ? UnsafeRawBufferPointer(rebasing: bytes.dropLast()) : bytes
        return String(validating: text, as: UTF8.self)
    }

    /// `builtin_interfaces/Time` in nanoseconds; 0 for one that makes no sense.
    mutating func stamp() -> Int64? {
        guard let seconds = unsigned32(), let nanoseconds = unsigned32() else { return nil }
        let signed = Int64(Int32(bitPattern: seconds))
        guard signed >= 0, nanoseconds < 1_000_000_000 else { return 0 }
        return signed * 1_000_000_000 + Int64(nanoseconds)
    }
}
