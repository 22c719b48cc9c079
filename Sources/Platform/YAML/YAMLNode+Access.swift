// Typed access. Every accessor throws an error that names file, line, column, and what was expected.

extension YAMLNode {
    public var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    public func string() throws(PlatformError) -> String {
        guard case .scalar(let text, _) = content, !isNull else { throw error("expected text, found \(kind)") }
        return text
    }

    public func integer() throws(PlatformError) -> Int {
        guard case .scalar(let text, isPlain: true) = content, let value = Int(text) else {
            throw error("expected an integer, found \(kind)")
        }
        return value
    }

    public func integer(in range: ClosedRange<Int>) throws(PlatformError) -> Int {
        let value = try integer()
        guard range.contains(value) else {
            throw error("\(value) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    /// A finite number. YAML's `.inf` and `.nan` are refused.
    public func number() throws(PlatformError) -> Double {
        guard case .scalar(let text, isPlain: true) = content, let value = Double(text), value.isFinite else {
            throw error("expected a number, found \(kind)")
        }
        return value
    }

    public func number(in range: ClosedRange<Double>) throws(PlatformError) -> Double {
        let value = try number()
        guard range.contains(value) else {
            throw error("\(value) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    public func boolean() throws(PlatformError) -> Bool {
        guard case .scalar(let text, isPlain: true) = content else {
            throw error("expected true or false, found \(kind)")
        }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw error("expected true or false, found \"\(text)\"")
        }
    }

    public func sequence() throws(PlatformError) -> [YAMLNode] {
        guard case .sequence(let nodes) = content else { throw error("expected a list, found \(kind)") }
        return nodes
    }

    public func mapping() throws(PlatformError) -> [(key: String, value: YAMLNode)] {
        guard case .mapping(let pairs) = content else { throw error("expected keys and values, found \(kind)") }
        return pairs
    }

    /// The value under `key`, or nil when it is absent or null.
    public func value(_ key: String) throws(PlatformError) -> YAMLNode? {
        let value = try mapping().first { $0.key == key }?.value
        guard let value, !value.isNull else { return nil }
        return value
    }

    /// The value under `key`, which must be there.
    public func required(_ key: String) throws(PlatformError) -> YAMLNode {
        guard let value = try value(key) else { throw error("\"\(key)\" is missing") }
        return value
    }

    /// Refuses keys that nobody reads, so that a misspelt key is not silently ignored.
    public func allowOnly(_ keys: [String]) throws(PlatformError) {
        for (key, value) in try mapping() where !keys.contains(key) {
            throw value.error("unknown key \"\(key)\"; known here: \(keys.joined(separator: ", "))")
        }
    }

    private var kind: String {
        switch content {
        case .scalar(let text, _): isNull ? "nothing" : "\"\(text.prefix(40))\""
        case .sequence: "a list"
        case .mapping: "keys and values"
        }
    }
}
