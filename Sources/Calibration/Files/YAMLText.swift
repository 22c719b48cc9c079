/// How values are written into YAML so that every reader takes them as what they are.
enum YAMLText {
    /// The shortest text that reads back as the same number, with the point that YAML 1.1 wants in an exponent's mantissa.
    static func number(_ value: Double) -> String {
        let text = "\(value)"
        guard let exponent = text.firstIndex(of: "e"), !text[..<exponent].contains(".") else {
            return text.hasSuffix(".0") ? String(text.dropLast(2)) + ".0" : text
        }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    static func list(_ values: [Double]) -> String { "[" + values.map(number).joined(separator: ", ") + "]" }

    /// A double-quoted scalar; plain where nothing could be misread.
    static func string(_ text: String) -> String {
        let isPlain =
            text.first?.isASCIILetter == true && text.allSatisfy { $0.isASCIILetter || "0123456789_-./".contains($0) }
            && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text.lowercased())
        if isPlain { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: quoted += "\\x" + hexadecimal(scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        (value < 16 ? "0" : "") + String(value, radix: 16)
    }
}

extension Character {
    var isASCIILetter: Bool { isASCII && isLetter }
}
