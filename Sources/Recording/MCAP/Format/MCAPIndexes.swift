/// Where a chunk lies and what is in it.
public struct MCAPChunkIndex: Hashable, Sendable {
    /// Earliest and latest log time of its messages.
    public var startTime: UInt64
    public var endTime: UInt64
    /// Place and length of the chunk record with its head.
    public var offset: Int
    public var length: Int
    /// Where the message index of each channel lies; empty where messages are not indexed.
    public var messageIndexOffsets: [MessageIndexPlace]
    /// Bytes of all message indexes behind the chunk.
    public var messageIndexLength: Int
    public var compression: String
    public var compressedSize: Int
    public var uncompressedSize: Int

    /// The message index of one channel.
    public struct MessageIndexPlace: Hashable, Sendable {
        public var channelID: UInt16
        public var offset: Int
    }

    /// Whether the chunk may hold messages of a channel.
    func mayContain(_ channels: Set<UInt16>) -> Bool {
        messageIndexOffsets.isEmpty || messageIndexOffsets.contains { channels.contains($0.channelID) }
    }
}

extension MCAPChunkIndex {
    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        startTime = try cursor.integer()
        endTime = try cursor.integer()
        offset = try cursor.size()
        length = try cursor.size()
        let start = cursor.offset
        let places = try cursor.prefixedBytes()
        guard places.count % 10 == 0 else { throw MCAPDamage(offset: start, "a list of \(places.count) bytes") }
        var list = ByteCursor(places, origin: start + 4)
        messageIndexOffsets = []
        messageIndexOffsets.reserveCapacity(places.count / 10)
        while list.remaining > 0 {
            messageIndexOffsets.append(.init(channelID: try list.integer(), offset: try list.size()))
        }
        messageIndexLength = try cursor.size()
        compression = try cursor.string()
        compressedSize = try cursor.size()
        uncompressedSize = try cursor.size()
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.chunkIndex) { buffer in
            buffer.append(startTime)
            buffer.append(endTime)
            buffer.append(UInt64(offset))
            buffer.append(UInt64(length))
            buffer.append(UInt32(messageIndexOffsets.count * 10))
            for place in messageIndexOffsets {
                buffer.append(place.channelID)
                buffer.append(UInt64(place.offset))
            }
            buffer.append(UInt64(messageIndexLength))
            buffer.append(string: compression)
            buffer.append(UInt64(compressedSize))
            buffer.append(UInt64(uncompressedSize))
        }
    }
}

/// Where an attachment lies.
public struct MCAPAttachmentIndex: Hashable, Sendable {
    /// Place and length of the record with its head.
    public var offset: Int
    public var length: Int
    public var logTime: UInt64
    public var createTime: UInt64
    public var dataSize: Int
    public var name: String
    public var mediaType: String

    init(_ attachment: MCAPAttachment, offset: Int, length: Int) {
        self.offset = offset
        self.length = length
        logTime = attachment.logTime
        createTime = attachment.createTime
        dataSize = attachment.data.count
        name = attachment.name
        mediaType = attachment.mediaType
    }

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        offset = try cursor.size()
        length = try cursor.size()
        logTime = try cursor.integer()
        createTime = try cursor.integer()
        dataSize = try cursor.size()
        name = try cursor.string()
        mediaType = try cursor.string()
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.attachmentIndex) { buffer in
            buffer.append(UInt64(offset))
            buffer.append(UInt64(length))
            buffer.append(logTime)
            buffer.append(createTime)
            buffer.append(UInt64(dataSize))
            buffer.append(string: name)
            buffer.append(string: mediaType)
        }
    }
}

/// Where a metadata record lies.
public struct MCAPMetadataIndex: Hashable, Sendable {
    /// Place and length of the record with its head.
    public var offset: Int
    public var length: Int
    public var name: String

    init(offset: Int, length: Int, name: String) {
        self.offset = offset
        self.length = length
        self.name = name
    }

    init(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        offset = try cursor.size()
        length = try cursor.size()
        name = try cursor.string()
    }

    func encode(into buffer: inout RecordBuffer) {
        buffer.record(.metadataIndex) { buffer in
            buffer.append(UInt64(offset))
            buffer.append(UInt64(length))
            buffer.append(string: name)
        }
    }
}
