/// Kinds of records in an MCAP file, and what all files have in common.
///
/// Source: https://mcap.dev/spec
public enum MCAPOpcode: UInt8, Sendable {
    case header = 0x01
    case footer = 0x02
    case schema = 0x03
    case channel = 0x04
    case message = 0x05
    case chunk = 0x06
    case messageIndex = 0x07
    case chunkIndex = 0x08
    case attachment = 0x09
    case attachmentIndex = 0x0A
    case statistics = 0x0B
    case metadata = 0x0C
    case metadataIndex = 0x0D
    case summaryOffset = 0x0E
    case dataEnd = 0x0F

    /// The record's name in the specification.
    var name: String {
        let text = "\(self)"
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}

/// Sizes and constants of the format.
enum MCAPFormat {
    /// First and last eight bytes of every file.
    static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

    /// Bytes of a record before its content: opcode and length.
    static let recordHeadBytes = 9

    /// Bytes of a message's content before its data.
    static let messageHeadBytes = 22

    /// Bytes of the footer with its head.
    static let footerBytes = recordHeadBytes + 20

    /// Whether a file begins like an MCAP file.
    static func isMagic(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= magic.count && bytes.prefix(magic.count).elementsEqual(magic)
    }
}
