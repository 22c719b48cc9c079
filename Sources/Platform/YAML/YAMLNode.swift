/// A parsed YAML document that remembers where each part stands, so that errors can point there.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        /// A scalar's text; `isPlain` when it was written without quotes, and may thus be a number, a truth value or null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// Pairs in the file's order. Keys are unique.
        case mapping([(key: String, value: YAMLNode)])
    }

    public var content: Content
    public var location: Location

    /// Where a node begins: the file as the user named it, line and column counted from 1.
    public struct Location: Sendable {
        public var file: String
        public var line: Int
        public var column: Int
    }

    public init(content: Content, location: Location) {
        self.content = content
        self.location = location
    }

    /// An error that points at this node.
    public func error(_ detail: String) -> PlatformError {
        .invalidYAML(file: location.file, line: location.line, column: location.column, detail: detail)
    }
}
