/// The schema of messages: what a reader needs to understand their bytes.
public struct MCAPSchema: Hashable, Sendable {
    /// From 1; 0 stands for no schema.
    public var id: UInt16
    /// Full name of the messages' type, such as `foxglove.CompressedImage`.
    public var name: String
    /// What ``data`` is: `protobuf` (a FileDescriptorSet), `ros2msg`, `jsonschema` ...
    public var encoding: String
    public var data: [UInt8]

    public init(id: UInt16, name: String, encoding: String, data: [UInt8]) {
        self.id = id
        self.name = name
        self.encoding = encoding
        self.data = data
    }

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        id = try cursor.integer()
        name = try cursor.string()
        encoding = try cursor.string()
        data = [UInt8](try cursor.prefixedBytes())
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.schema) { buffer in
            buffer.append(id)
            buffer.append(string: name)
            buffer.append(string: encoding)
            buffer.append(UInt32(clamping: data.count))
            buffer.append(data)
        }
    }
}

/// A stream of messages of one topic from one publisher.
public struct MCAPChannel: Hashable, Sendable {
    public var id: UInt16
    /// 0 for messages without a schema.
    public var schemaID: UInt16
    public var topic: String
    /// How messages are encoded: `protobuf`, `cdr`, `json` ...
    public var messageEncoding: String
    public var metadata: [String: String]

    public init(
        id: UInt16, schemaID: UInt16, topic: String, messageEncoding: String, metadata: [String: String] = [:]
    ) {
        self.id = id
        self.schemaID = schemaID
        self.topic = topic
        self.messageEncoding = messageEncoding
        self.metadata = metadata
    }

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        id = try cursor.integer()
        schemaID = try cursor.integer()
        topic = try cursor.string()
        messageEncoding = try cursor.string()
        metadata = try cursor.stringPairs()
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.channel) { buffer in
            buffer.append(id)
            buffer.append(schemaID)
            buffer.append(string: topic)
            buffer.append(string: messageEncoding)
            buffer.append(pairs: metadata)
        }
    }
}

/// The first record of a file: by what it was written.
struct MCAPHeader: Hashable, Sendable {
    /// `ros2` and the like; empty for none.
    var profile: String
    var library: String

    init(profile: String, library: String) {
        self.profile = profile
        self.library = library
    }

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        profile = try cursor.string()
        library = try cursor.string()
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.header) { buffer in
            buffer.append(string: profile)
            buffer.append(string: library)
        }
    }
}
