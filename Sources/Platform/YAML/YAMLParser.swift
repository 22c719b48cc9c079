import CYAML
import Glibc

extension YAMLNode {
    /// Largest file that is read: configuration and calibration are kilobytes.
    public static let fileByteLimit = 16 << 20

    /// Reads the only document of a YAML file.
    public init(contentsOf path: String) throws(PlatformError) {
        let file = try MappedFile(path: path)
        guard file.byteCount <= Self.fileByteLimit else {
            throw .fileTooLarge(path: path, byteCount: file.byteCount, limit: Self.fileByteLimit)
        }
        let bytes = file.withBytes { Array($0) }
        try self.init(parsing: bytes, file: path)
    }

    /// Reads the only document of a YAML text; `file` is the name that errors give.
    public init(parsing text: String, file: String) throws(PlatformError) {
        try self.init(parsing: Array(text.utf8), file: file)
    }

    private init(parsing bytes: [UInt8], file: String) throws(PlatformError) {
        var events = YAMLEvents(file: file)
        defer { events.close() }
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(PlatformError) -> YAMLNode in
            events.setInput(buffer)
            return try events.document()
        }
    }
}

/// libyaml's event stream, turned into nodes by recursive descent.
private struct YAMLEvents {
    /// Deeper nesting than this is an attack or an accident.
    private static let depthLimit = 64
    /// Nodes that aliases may add in total; without a limit a few lines expand to gigabytes.
    private static let nodeLimit = 1_000_000

    private let file: String
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var event = yaml_event_t()
    private var hasEvent = false
    private var anchors: [String: YAMLNode] = [:]
    private var nodeCount = 0

    init(file: String) {
        self.file = file
        parser = .allocate(capacity: 1)
        yaml_parser_initialize(parser)
    }

    mutating func close() {
        if hasEvent { yaml_event_delete(&event) }
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func setInput(_ buffer: UnsafeBufferPointer<UInt8>) {
        yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
    }

    mutating func document() throws(PlatformError) -> YAMLNode {
        try advance()
        try advance()
        guard event.type == YAML_DOCUMENT_START_EVENT else { throw error("the file is empty") }
        try advance()
        let root = try node(depth: 0)
        try advance()
        guard event.type == YAML_DOCUMENT_END_EVENT else { throw error("expected the document's end") }
        try advance()
        guard event.type == YAML_STREAM_END_EVENT else { throw error("only one document is accepted") }
        return root
    }

    private mutating func advance() throws(PlatformError) {
        if hasEvent { yaml_event_delete(&event) }
        hasEvent = false
        guard yaml_parser_parse(parser, &event) == 1 else {
            let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not readable as YAML"
            throw .invalidYAML(
                file: file, line: Int(parser.pointee.problem_mark.line) + 1,
                column: Int(parser.pointee.problem_mark.column) + 1, detail: problem)
        }
        hasEvent = true
    }

    private var location: YAMLNode.Location {
        YAMLNode.Location(file: file, line: Int(event.start_mark.line) + 1, column: Int(event.start_mark.column) + 1)
    }

    private func error(_ detail: String) -> PlatformError {
        .invalidYAML(file: file, line: location.line, column: location.column, detail: detail)
    }

    private mutating func node(depth: Int) throws(PlatformError) -> YAMLNode {
        guard depth < Self.depthLimit else { throw error("nested deeper than \(Self.depthLimit) levels") }
        nodeCount += 1
        guard nodeCount <= Self.nodeLimit else { throw error("more than \(Self.nodeLimit) values") }
        let start = location
        switch event.type {
        case YAML_SCALAR_EVENT:
            return remember(try scalar(at: start), anchor: event.data.scalar.anchor)
        case YAML_SEQUENCE_START_EVENT:
            let anchor = event.data.sequence_start.anchor.map {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            return remember(try sequence(at: start, depth: depth), anchor: anchor)
        case YAML_MAPPING_START_EVENT:
            let anchor = event.data.mapping_start.anchor.map {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            return remember(try mapping(at: start, depth: depth), anchor: anchor)
        case YAML_ALIAS_EVENT:
            return try alias(at: start)
        default:
            throw error("expected a value")
        }
    }

    private func scalar(at start: YAMLNode.Location) throws(PlatformError) -> YAMLNode {
        let scalar = event.data.scalar
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("not valid UTF-8") }
        return YAMLNode(
            content: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), location: start)
    }

    private mutating func sequence(at start: YAMLNode.Location, depth: Int) throws(PlatformError) -> YAMLNode {
        var elements: [YAMLNode] = []
        try advance()
        while event.type != YAML_SEQUENCE_END_EVENT {
            elements.append(try node(depth: depth + 1))
            try advance()
        }
        return YAMLNode(content: .sequence(elements), location: start)
    }

    private mutating func mapping(at start: YAMLNode.Location, depth: Int) throws(PlatformError) -> YAMLNode {
        var pairs: [(key: String, value: YAMLNode)] = []
        var seen: Set<String> = []
        try advance()
        while event.type != YAML_MAPPING_END_EVENT {
            guard event.type == YAML_SCALAR_EVENT, case .scalar(let key, _) = try scalar(at: location).content else {
                throw error("a key must be plain text")
            }
            guard seen.insert(key).inserted else { throw error("the key \"\(key)\" is there twice") }
            try advance()
            pairs.append((key, try node(depth: depth + 1)))
            try advance()
        }
        return YAMLNode(content: .mapping(pairs), location: start)
    }

    private mutating func alias(at start: YAMLNode.Location) throws(PlatformError) -> YAMLNode {
        let name = String(cString: UnsafeRawPointer(event.data.alias.anchor).assumingMemoryBound(to: CChar.self))
        guard var node = anchors[name] else { throw error("the alias *\(name)\" has no anchor") }
        nodeCount += node.size
        guard nodeCount <= Self.nodeLimit else { throw error("more than \(Self.nodeLimit) values") }
        node.location = start
        return node
    }

    private mutating func remember(_ node: YAMLNode, anchor: UnsafeMutablePointer<yaml_char_t>?) -> YAMLNode {
        remember(node, anchor: anchor.map { String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)) })
    }

    private mutating func remember(_ node: YAMLNode, anchor: String?) -> YAMLNode {
        if let anchor { anchors[anchor] = node }
        return node
    }
}

extension YAMLNode {
    /// The number of nodes in this tree, aliases counted as often as they are used.
    fileprivate var size: Int {
        switch content {
        case .scalar: 1
        case .sequence(let nodes): nodes.reduce(1) { $0 + $1.size }
        case .mapping(let pairs): pairs.reduce(1) { $0 + $1.value.size }
        }
    }
}
