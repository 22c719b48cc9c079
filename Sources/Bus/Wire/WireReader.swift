/// Reads a packet that the other side sent. Nothing about it is believed: every read checks the rest.
struct WireReader {
    /// What is wrong with a packet.
    struct Malformed: Error, Equatable {
        let detail: String
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// The bytes must outlive the reader.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[position...]) }

    mutating func number<Value: FixedWidthInteger>(
        _ name: StaticString, as type: Value.Type = Value.self
    ) throws(Malformed) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - position >= size else {
            throw Malformed(detail: "packet of \(bytes.count) bytes ends before \(name)")
        }
        defer { position += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// Length in one byte, then UTF-8.
    mutating func shortText(_ name: StaticString) throws(Malformed) -> String {
        let length = Int(try number(name, as: UInt8.self))
        guard bytes.count - position >= length else {
            throw Malformed(detail: "packet of \(bytes.count) bytes ends within \(name)")
        }
        let text = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
        position += length
        guard let valid = String(validating: text, as: UTF8.self) else {
            throw Malformed(detail: "\(name) is not UTF-8")
        }
        return valid
    }

    /// The next `count` bytes in one piece.
    mutating func take(_ count: Int, _ name: StaticString) throws(Malformed) -> UnsafeRawBufferPointer {
        guard bytes.count - position >= count else {
            throw Malformed(detail: "packet of \(bytes.count) bytes ends before \(name)")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func skip(_ count: Int, _ name: StaticString) throws(Malformed) {
        guard bytes.count - position >= count else {
            throw Malformed(detail: "packet of \(bytes.count) bytes ends within \(name)")
        }
        position += count
    }
}
