/// Builds a packet of the handshake. Not for the frame path: it allocates.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    init(_ kind: Wire.Kind) {
        bytes.append(kind.rawValue)
    }

    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Length in one byte, then UTF-8; cut at 255 bytes on a character's boundary.
    mutating func append(short text: String) {
        var text = text[...]
        while text.utf8.count > 255 { text = text.dropLast() }
        bytes.append(UInt8(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(raw: [UInt8]) {
        bytes.append(contentsOf: raw)
    }
}
