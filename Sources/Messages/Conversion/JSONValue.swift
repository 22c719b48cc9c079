/// A JSON value whose objects keep the order of their keys.
public indirect enum JSONValue: Sendable, Equatable {
    /// One key of an object.
    public struct Member: Sendable, Equatable {
        public var key: String
        public var value: JSONValue

        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    case null
    case boolean(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    /// Infinities and NaN, which JSON lacks, are written as null.
    case number(Double)
    /// Written with the fewest digits that give the same 32-bit value back.
    case float(Float)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// The value of a key; nil when this is no object or has no such key.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// One line of JSON without a line end.
    public var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .signed(let value): text += String(value)
        case .unsigned(let value): text += String(value)
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .float(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let values):
            text += "["
            for index in values.indices {
                if index > 0 { text += ", " }
                values[index].write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for index in members.indices {
                if index > 0 { text += ", " }
                Self.write(members[index].key, to: &text)
                text += ": "
                members[index].value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let hexadecimal = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
