/// Parses Python literals: dictionaries, lists, tuples, strings in either quotes with escapes, numbers, True, False, None.
///
/// Follows `ast.literal_eval` for these; sets, bytes, complex numbers and adjacent strings are refused.
package struct PythonLiteralParser {
    /// Deeper nesting is refused, so that hostile text cannot exhaust the stack.
    private static let maximumDepth = 32

    private let text: [Unicode.Scalar]
    private var position = 0

    package static func parse(_ text: String) throws(PythonLiteralError) -> PythonLiteral {
        var parser = PythonLiteralParser(text: Array(text.unicodeScalars))
        let literal = try parser.parseValue(depth: 0)
        parser.skipSpace()
        guard parser.position == parser.text.count else { throw parser.error("unexpected text after the value") }
        return literal
    }

    private init(text: [Unicode.Scalar]) {
        self.text = text
    }

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private func error(_ detail: String, at column: Int? = nil) -> PythonLiteralError {
        PythonLiteralError(column: (column ?? position) + 1, detail: detail)
    }

    private mutating func skipSpace() {
        while let scalar = next, scalar.properties.isWhitespace { position += 1 }
    }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func parseValue(depth: Int) throws(PythonLiteralError) -> PythonLiteral {
        guard depth < Self.maximumDepth else { throw error("nested too deeply") }
        skipSpace()
        switch next {
        case "{": return try parseDictionary(depth: depth)
        case "[": return .list(try parseElements(closing: "]", depth: depth).elements)
        case "(":
            let (elements, hasComma) = try parseElements(closing: ")", depth: depth)
            // Parentheses around one value without a comma only group.
            return elements.count == 1 && !hasComma ? elements[0] : .list(elements)
        case "'", "\"": return .string(try parseString())
        case let scalar? where scalar.properties.isAlphabetic: return try parseWord()
        case nil: throw error("the value is missing")
        default: return try parseNumber()
        }
    }

    // MARK: - Collections

    private mutating func parseElements(
        closing: Unicode.Scalar, depth: Int
    ) throws(PythonLiteralError) -> (elements: [PythonLiteral], hasComma: Bool) {
        position += 1
        var elements: [PythonLiteral] = []
        var hasComma = false
        while !skip(closing) {
            guard elements.isEmpty || hasComma else { throw error("expected ',' or '\(closing)'") }
            elements.append(try parseValue(depth: depth + 1))
            hasComma = skip(",")
        }
        return (elements, hasComma)
    }

    private mutating func parseDictionary(depth: Int) throws(PythonLiteralError) -> PythonLiteral {
        position += 1
        var entries: [PythonLiteral.Entry] = []
        var hasComma = true
        while !skip("}") {
            guard hasComma else { throw error("expected ',' or '}'") }
            let key = try parseValue(depth: depth + 1)
            guard skip(":") else { throw error("expected ':' after a key") }
            entries.append(.init(key: key, value: try parseValue(depth: depth + 1)))
            hasComma = skip(",")
        }
        return .dictionary(entries)
    }

    // MARK: - Words and numbers

    private mutating func parseWord() throws(PythonLiteralError) -> PythonLiteral {
        let start = position
        while let scalar = next, scalar.properties.isAlphabetic || scalar == "_" { position += 1 }
        var word = String.UnicodeScalarView()
        word.append(contentsOf: text[start..<position])
        switch String(word) {
        case "True": return .boolean(true)
        case "False": return .boolean(false)
        case "None": return .none
        default: throw error("'\(String(word))' is not a literal", at: start)
        }
    }

    private mutating func parseNumber() throws(PythonLiteralError) -> PythonLiteral {
        let start = position
        var digits = ""
        while let scalar = next, "+-0123456789.eE_".unicodeScalars.contains(scalar) {
            // Python allows underscores between digits.
            if scalar != "_" { digits.unicodeScalars.append(scalar) }
            position += 1
        }
        if let integer = Int(digits) { return .integer(integer) }
        if let real = Double(digits), real.isFinite { return .real(real) }
        throw error(digits.isEmpty ? "expected a value" : "'\(digits)' is not a number", at: start)
    }

    // MARK: - Strings

    private mutating func parseString() throws(PythonLiteralError) -> String {
        let start = position
        let quote = text[position]
        position += 1
        var content = String.UnicodeScalarView()
        while let scalar = next {
            position += 1
            if scalar == quote { return String(content) }
            guard scalar != "\n" else { break }
            if scalar == "\\" {
                if let escaped = try parseEscape() { content.append(escaped) }
            } else {
                content.append(scalar)
            }
        }
        throw error("the string is not closed", at: start)
    }

    /// The scalar that an escape stands for, nil for an escaped line break.
    private mutating func parseEscape() throws(PythonLiteralError) -> Unicode.Scalar? {
        guard let scalar = next else { throw error("the string is not closed") }
        position += 1
        switch scalar {
        case "\\", "'", "\"": return scalar
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "0": return "\0"
        case "a": return "\u{07}"
        case "b": return "\u{08}"
        case "f": return "\u{0c}"
        case "v": return "\u{0b}"
        case "\n": return nil
        case "x": return try parseCodePoint(digits: 2)
        case "u": return try parseCodePoint(digits: 4)
        case "U": return try parseCodePoint(digits: 8)
        default: throw error("unknown escape '\\\(scalar)'", at: position - 2)
        }
    }

    private mutating func parseCodePoint(digits: Int) throws(PythonLiteralError) -> Unicode.Scalar {
        let start = position
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = next.flatMap({ Character($0).hexDigitValue }) else {
                throw error("expected \(digits) hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        guard let scalar = Unicode.Scalar(value) else { throw error("no such character", at: start) }
        return scalar
    }
}
