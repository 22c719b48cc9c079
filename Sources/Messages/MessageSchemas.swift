import SwiftProtobuf

/// The schemas themselves, as data.
public enum MessageSchemas {
    /// A serialised `google.protobuf.FileDescriptorSet` of all schemas with their imports: what a recording stores per channel
    /// and what a subscriber without generated code asks the bus for.
    public static let fileDescriptorSet: [UInt8] = decodeBase64(descriptorSetBase64)

    /// Standard alphabet with padding. The input is a constant of the program, so characters outside are skipped.
    static func decodeBase64(_ text: StaticString) -> [UInt8] {
        var bytes: [UInt8] = []
        var accumulator: UInt32 = 0
        var bits = 0
        text.withUTF8Buffer { characters in
            for character in characters {
                guard let value = base64Value(character) else { continue }
                accumulator = accumulator << 6 | value
                bits += 6
                if bits >= 8 {
                    bits -= 8
                    bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
                }
            }
        }
        return bytes
    }

    private static func base64Value(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
