/// A file within the file: a calibration, a configuration.
public struct MCAPAttachment: Hashable, Sendable {
    public var logTime: UInt64
    public var createTime: UInt64
    public var name: String
    public var mediaType: String
    public var data: [UInt8]

    public init(
        name: String, mediaType: String, data: [UInt8], logTime: UInt64 = 0, createTime: UInt64 = 0
    ) {
        self.logTime = logTime
        self.createTime = createTime
        self.name = name
        self.mediaType = mediaType
        self.data = data
    }

    /// Takes the content of an attachment record and verifies its checksum.
    init(content: UnsafeRawBufferPointer, offset: Int) throws(MCAPDamage) {
        var cursor = ByteCursor(content, origin: offset)
        logTime = try cursor.integer()
        createTime = try cursor.integer()
        name = try cursor.string()
        mediaType = try cursor.string()
        data = [UInt8](try cursor.raw(try cursor.size()))
        let covered = cursor.position
        let checksum: UInt32 = try cursor.integer()
        let actual = Checksum.crc32(UnsafeRawBufferPointer(rebasing: content[0..<covered]))
        guard checksum == 0 || checksum == actual else {
            throw MCAPDamage(offset: offset, "attachment \(name): its checksum is wrong")
        }
    }

    func encode(into buffer: inout RecordBuffer) {
        let start = buffer.count + MCAPFormat.recordHeadBytes
        buffer.record(.attachment) { buffer in
            buffer.append(logTime)
            buffer.append(createTime)
            buffer.append(string: name)
            buffer.append(string: mediaType)
            buffer.append(UInt64(data.count))
            buffer.append(data)
            buffer.append(Checksum.crc32(UnsafeRawBufferPointer(rebasing: buffer.bytes[start...])))
        }
    }
}

/// Named pairs of text.
public struct MCAPMetadata: Hashable, Sendable {
    public var name: String
    public var values: [String: String]

    public init(name: String, values: [String: String]) {
        self.name = name
        self.values = values
    }

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        name = try cursor.string()
        values = try cursor.stringPairs()
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.metadata) { buffer in
            buffer.append(string: name)
            buffer.append(pairs: values)
        }
    }
}
