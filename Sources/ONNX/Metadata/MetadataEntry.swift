/// One metadata entry that holds a Python literal, and the forms that it may be asked for.
struct MetadataEntry {
    private let key: String
    private let literal: PythonLiteral

    /// The entry of a key; nil where there is none.
    init?(_ key: String, in properties: [String: String]) throws(ONNXError) {
        guard let text = properties[key] else { return nil }
        self.key = key
        do throws(PythonLiteralError) {
            literal = try PythonLiteralParser.parse(text)
        } catch {
            throw .invalidMetadata(key: key, column: error.column, detail: error.detail)
        }
    }

    func boolean() throws(ONNXError) -> Bool {
        guard case .boolean(let value) = literal else { throw error("should be True or False") }
        return value
    }

    func integer(in range: ClosedRange<Int>) throws(ONNXError) -> Int {
        try integer(literal, in: range)
    }

    /// A list of at least one integer; a single one counts as such.
    func integers(in range: ClosedRange<Int>) throws(ONNXError) -> [Int] {
        guard case .list(let elements) = literal else { return [try integer(literal, in: range)] }
        guard !elements.isEmpty else { throw error("is an empty list") }
        var integers: [Int] = []
        for element in elements { integers.append(try integer(element, in: range)) }
        return integers
    }

    /// `640` or `[height, width]`.
    func imageSize(in range: ClosedRange<Int>) throws(ONNXError) -> ModelMetadata.ImageSize {
        let extents = try integers(in: range)
        guard let height = extents.first, let width = extents.last, extents.count <= 2 else {
            throw error("should be [height, width]")
        }
        return .init(height: height, width: width)
    }

    /// `{0: 'person', ...}` or `['person', ...]`.
    func classNames() throws(ONNXError) -> [Int: String] {
        var names: [Int: String] = [:]
        switch literal {
        case .list(let elements):
            for (index, element) in elements.enumerated() { names[index] = try name(element) }
        case .dictionary(let entries):
            for entry in entries {
                let index = try integer(entry.key, in: 0...(1 << 20))
                guard names.updateValue(try name(entry.value), forKey: index) == nil else {
                    throw error("names class \(index) twice")
                }
            }
        default: throw error("should be a list of names, or a dictionary from class numbers to names")
        }
        return names
    }

    /// A dictionary from names to values, these as Python would print them.
    func arguments() throws(ONNXError) -> [String: String] {
        guard case .dictionary(let entries) = literal else { throw error("should be a dictionary") }
        var arguments: [String: String] = [:]
        for entry in entries {
            guard case .string(let name) = entry.key else { throw error("should have strings as keys") }
            arguments[name] = entry.value.description
        }
        return arguments
    }

    private func name(_ literal: PythonLiteral) throws(ONNXError) -> String {
        switch literal {
        case .string(let name): return name
        // A class called 7 is written as a number by some data sets.
        case .integer(let number): return "\(number)"
        default: throw error("should hold names as strings")
        }
    }

    private func integer(_ literal: PythonLiteral, in range: ClosedRange<Int>) throws(ONNXError) -> Int {
        let number: Int? =
            switch literal {
            case .integer(let integer): integer
            case .real(let real): Int(exactly: real)
            default: nil
            }
        guard let number, range.contains(number) else {
            throw error("\(literal) is not an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func error(_ detail: String) -> ONNXError {
        .invalidMetadata(key: key, column: nil, detail: detail)
    }
}

extension PythonLiteral: CustomStringConvertible {
    /// As Python prints it, but strings without quotes.
    package var description: String {
        switch self {
        case .none: "None"
        case .boolean(let value): value ? "True" : "False"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .string(let value): value
        case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
        case .dictionary(let entries):
            "{" + entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}
