/// Walks the fields of a message in protobuf's wire format, in place and without allocating. Nothing is believed unchecked:
/// what makes no sense ends the walk.
///
/// For messages of which one or two fields are wanted (a picture within megabytes, a header's time); whole messages are
/// decoded by swift-protobuf.
///
/// Source: https://protobuf.dev/programming-guides/encoding/
public struct ProtobufReader {
    /// A field's value. Bytes lie in the message's own memory.
    public enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(UnsafeRawBufferPointer)

        /// The bytes; none for numbers.
        public var bytes: UnsafeRawBufferPointer {
            if case .bytes(let bytes) = self { return bytes }
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }

        /// The text; empty for numbers and for what is not UTF-8.
        public var string: String { String(validating: bytes, as: UTF8.self) ?? "" }

        /// The number, of any wire type; 0 for bytes.
        public var unsigned: UInt64 {
            switch self {
            case .varint(let value), .fixed64(let value): value
            case .fixed32(let value): UInt64(value)
            case .bytes: 0
            }
        }

        public var signed: Int64 { Int64(bitPattern: unsigned) }
    }

    private let message: UnsafeRawBufferPointer
    private var position = 0
    /// Whether the walk ended because the bytes make no sense.
    public private(set) var isMalformed = false

    /// The bytes must outlive the reader.
    public init(_ message: UnsafeRawBufferPointer) {
        self.message = message
    }

    /// The next field; nil at the end.
    public mutating func next() -> (field: Int, value: Value)? {
        guard !isMalformed, position < message.count else { return nil }
        guard let tag = varint(), tag >> 3 > 0, tag >> 3 < 1 << 29, let value = value(wireType: tag & 7) else {
            isMalformed = true
            return nil
        }
        return (Int(tag >> 3), value)
    }

    private mutating func value(wireType: UInt64) -> Value? {
        switch wireType {
        case 0: return varint().map { .varint($0) }
        case 1: return take(8).map { .fixed64(UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))) }
        case 5: return take(4).map { .fixed32(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
        case 2:
            guard let length = varint(), length <= UInt64(message.count - position) else { return nil }
            return take(Int(length)).map { .bytes($0) }
        default: return nil
        }
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= message.count - position else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: message[position..<position + count])
    }

    private mutating func varint() -> UInt64? {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while position < message.count, shift < 64 {
            let byte = message[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }
}
