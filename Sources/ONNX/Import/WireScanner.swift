import Foundation

/// Finds the byte at which a file stops being an ONNX model, and bounds what decoding it will allocate.
///
/// Follows protobuf's wire format: each field is a key (number and wire type) and a value whose length the wire type gives.
struct WireScanner {
    struct Defect {
        let offset: Int
        let detail: String
    }

    /// The messages that nest, and their fields that are messages or strings again.
    private enum Message {
        case model, graph, node, attribute, tensor, valueInfo, type, tensorType, shape, dimension, entry, operatorSet
        case string
        case bytes

        func member(_ field: UInt64) -> Message {
            switch (self, field) {
            case (.model, 7): .graph
            case (.model, 8): .operatorSet
            case (.model, 14), (.tensor, 13): .entry
            case (.model, 2), (.model, 3), (.model, 6), (.entry, _), (.operatorSet, 1): .string
            case (.graph, 1): .node
            case (.graph, 5), (.attribute, 5): .tensor
            case (.graph, 11), (.graph, 12), (.graph, 13): .valueInfo
            case (.graph, 2), (.graph, 10), (.tensor, 8), (.valueInfo, 1), (.dimension, 2): .string
            case (.node, 5): .attribute
            case (.node, 1), (.node, 2), (.node, 3), (.node, 4), (.node, 7): .string
            case (.attribute, 1), (.attribute, 21): .string
            case (.valueInfo, 2): .type
            case (.type, 1): .tensorType
            case (.tensorType, 2): .shape
            case (.shape, 1): .dimension
            default: .bytes
            }
        }
    }

    /// More parts (nodes, attributes, tensors, ...) than any network has. An empty part takes two bytes in the file but a
    /// hundred in memory, so that a small file could otherwise ask for a lot.
    private static let maximumPartCount = 1 << 20

    private let bytes: UnsafeRawBufferPointer
    private let checksText: Bool
    private var position = 0
    private var partCount = 0

    /// - Parameters:
    ///   - checksText: whether text is checked as well; decoding does so anyway, but cannot say where.
    ///   - isGraph: whether the bytes are a graph, as attributes hold it, and not a whole model.
    static func firstDefect(in bytes: Data, checksText: Bool, isGraph: Bool = false) -> Defect? {
        bytes.withUnsafeBytes { buffer in
            var scanner = WireScanner(bytes: buffer, checksText: checksText)
            return scanner.scan(isGraph ? .graph : .model, end: buffer.count)
        }
    }

    private init(bytes: UnsafeRawBufferPointer, checksText: Bool) {
        self.bytes = bytes
        self.checksText = checksText
    }

    private mutating func scan(_ message: Message, end: Int) -> Defect? {
        while position < end {
            let start = position
            guard let key = readVariableInteger(end: end) else { return Defect(offset: start, detail: "bad field key") }
            guard key >> 3 > 0, key >> 3 < 1 << 29 else { return Defect(offset: start, detail: "bad field number") }
            if let defect = scanValue(wireType: key & 7, member: message.member(key >> 3), start: start, end: end) {
                return defect
            }
        }
        return nil
    }

    private mutating func scanValue(wireType: UInt64, member: Message, start: Int, end: Int) -> Defect? {
        switch wireType {
        case 0:
            let valueStart = position
            return readVariableInteger(end: end) == nil ? Defect(offset: valueStart, detail: "bad integer") : nil
        case 1, 5:
            let width = wireType == 1 ? 8 : 4
            guard end - position >= width else { return Defect(offset: end, detail: "a number ends early") }
            position += width
            return nil
        case 2:
            let lengthStart = position
            guard let length = readVariableInteger(end: end) else {
                return Defect(offset: lengthStart, detail: "bad length")
            }
            guard length <= UInt64(end - position) else {
                return Defect(offset: lengthStart, detail: "\(length) bytes should follow, \(end - position) do")
            }
            return scanMember(member, end: position + Int(length))
        default:
            return Defect(offset: start, detail: "bad field kind")
        }
    }

    private mutating func scanMember(_ member: Message, end: Int) -> Defect? {
        switch member {
        case .bytes:
            position = end
            return nil
        case .string:
            let start = position
            guard checksText else {
                position = end
                return nil
            }
            let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            position = end
            return String(validating: text, as: UTF8.self) == nil
                ? Defect(offset: start, detail: "text is not valid UTF-8") : nil
        default:
            partCount += 1
            guard partCount <= Self.maximumPartCount else {
                return Defect(offset: position, detail: "more than \(Self.maximumPartCount) parts")
            }
            return scan(member, end: end)
        }
    }

    private mutating func readVariableInteger(end: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
