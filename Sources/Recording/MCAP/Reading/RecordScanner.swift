import Glibc

/// Walks a whole file from front to back, also over damage: behind a place that makes no sense it goes on at the next
/// chunk that does.
struct RecordScanner {
    enum Item {
        case record(RecordCursor.Record)
        /// Bytes that are no sound records.
        case damage(Range<Int>, detail: String)
    }

    private let file: UnsafeRawBufferPointer
    private(set) var position: Int
    /// Kind of the record before.
    private var previous: UInt8 = 0
    /// Whether the mark that ends the data has been passed.
    private var isBehindData = false

    /// Begins behind the magic bytes. A file without them is scanned too.
    init(_ file: UnsafeRawBufferPointer) {
        self.file = file
        position = MCAPFormat.isMagic(file) ? MCAPFormat.magic.count : 0
    }

    /// The next record or stretch of damage; nil at the end of the file or behind its closing mark.
    mutating func next() -> Item? {
        let remaining = UnsafeRawBufferPointer(rebasing: file[position...])
        if remaining.isEmpty { return nil }
        if remaining.count == MCAPFormat.magic.count, MCAPFormat.isMagic(remaining) {
            position = file.count
            return nil
        }
        var cursor = RecordCursor(file, origin: position, position: position)
        do throws(MCAPDamage) {
            guard let record = try cursor.next() else { return nil }
            let used = try Self.check(record)
            try checkNeighbours(record, used: used)
            position = cursor.position
            previous = record.opcode
            if record.opcode == MCAPOpcode.dataEnd.rawValue { isBehindData = true }
            return .record(record)
        } catch {
            let start = position
            position = nextChunk(from: start + 1) ?? footerStart(after: start) ?? file.count
            return .damage(start..<position, detail: error.detail)
        }
    }

    /// Whether a record is what its kind must be. Kinds that are not known are passed over, as the specification asks.
    ///
    /// - Returns: how many bytes of its content its known fields take.
    static func check(_ record: RecordCursor.Record) throws(MCAPDamage) -> Int {
        var cursor = ByteCursor(record.content, origin: record.position + MCAPFormat.recordHeadBytes)
        switch MCAPOpcode(rawValue: record.opcode) {
        case .header: _ = try MCAPHeader(&cursor)
        case .footer:
            try requireLength(MCAPFormat.footerBytes - MCAPFormat.recordHeadBytes, record)
            _ = try MCAPFooter(&cursor)
        case .schema: _ = try MCAPSchema(&cursor)
        case .channel: _ = try MCAPChannel(&cursor)
        case .message: _ = try MCAPMessage(content: record.content, offset: record.position)
        case .chunk: _ = try MCAPChunkHeader(content: record.content, offset: record.position)
        case .messageIndex: _ = try MessageIndexView(content: record.content, offset: record.position)
        case .chunkIndex: _ = try MCAPChunkIndex(&cursor)
        case .attachment: try checkAttachment(&cursor)
        case .attachmentIndex: _ = try MCAPAttachmentIndex(&cursor)
        case .statistics: _ = try MCAPStatistics(&cursor)
        case .metadata: _ = try MCAPMetadata(&cursor)
        case .metadataIndex: _ = try MCAPMetadataIndex(&cursor)
        case .summaryOffset:
            try requireLength(17, record)
            _ = try cursor.integer(UInt8.self)
            _ = try (cursor.size(), cursor.size())
        case .dataEnd:
            // Exactly: a message index whose kind lost a bit must not look like the end of the data.
            guard record.content.count == 4 else { throw MCAPDamage(offset: record.position, "a DataEnd that is none") }
        case nil:
            if record.opcode == 0 { throw MCAPDamage(offset: record.position, "a record of kind 0") }
            return record.content.count
        }
        switch MCAPOpcode(rawValue: record.opcode) {
        case .message, .chunk, .messageIndex: return record.content.count
        default: return cursor.position
        }
    }

    /// Refuses a record that is only what it seems because a bit of it is wrong: one whose length takes in the record behind
    /// it, a message index that claims to be a message, and a channel of the summary that claims to be one: their kinds differ
    /// in a single bit.
    private func checkNeighbours(_ record: RecordCursor.Record, used: Int) throws(MCAPDamage) {
        let end = record.position + MCAPFormat.recordHeadBytes + used
        if used < record.content.count, isRecord(at: end) {
            throw MCAPDamage(offset: record.position, "a record whose length takes in the next one")
        }
        if record.opcode == MCAPOpcode.message.rawValue, isBehindData {
            throw MCAPDamage(offset: record.position, "a message behind the end of the data")
        }
        let isBehindChunk = previous == MCAPOpcode.chunk.rawValue || previous == MCAPOpcode.messageIndex.rawValue
        if record.opcode == MCAPOpcode.message.rawValue, isBehindChunk,
            let view = try? MessageIndexView(content: record.content, offset: record.position), view.count > 0
        {
            throw MCAPDamage(offset: record.position, "a message index that claims to be a message")
        }
    }

    /// Whether a sound record of a known kind lies at a place.
    private func isRecord(at place: Int) -> Bool {
        var cursor = RecordCursor(file, origin: place, position: place)
        guard let record = (try? cursor.next()) ?? nil, MCAPOpcode(rawValue: record.opcode) != nil else { return false }
        return (try? Self.check(record)) != nil
    }

    /// Records that mark ends or groups have exactly this length: a chunk or message index whose kind has a wrong bit must not
    /// look like one.
    private static func requireLength(_ length: Int, _ record: RecordCursor.Record) throws(MCAPDamage) {
        guard record.content.count == length else {
            throw MCAPDamage(
                offset: record.position, "a record of \(record.content.count) bytes where its kind has \(length)")
        }
    }

    /// The shape only: large data are not copied, and their checksum is a matter for whoever reads them.
    private static func checkAttachment(_ cursor: inout ByteCursor) throws(MCAPDamage) {
        _ = try (cursor.integer(UInt64.self), cursor.integer(UInt64.self))
        _ = try (cursor.string(), cursor.string())
        _ = try cursor.raw(try cursor.size())
        _ = try cursor.integer(UInt32.self)
    }

    // MARK: - Going on behind damage

    /// The first place at or behind `start` where a whole chunk lies. A chunk's lengths must agree with each other, so
    /// that other bytes are hardly ever taken for one.
    private func nextChunk(from start: Int) -> Int? {
        var place = start
        while place < file.count, let base = file.baseAddress {
            guard let found = memchr(base + place, Int32(MCAPOpcode.chunk.rawValue), file.count - place) else {
                return nil
            }
            place = UnsafeRawPointer(found) - base
            if isChunk(at: place) { return place }
            place += 1
        }
        return nil
    }

    private func isChunk(at place: Int) -> Bool {
        var cursor = RecordCursor(file, origin: place, position: place)
        guard let record = try? cursor.next(),
            let chunk = try? MCAPChunkHeader(content: record.content, offset: place)
        else { return false }
        return MCAPCompression(rawValue: chunk.compression) != nil && chunk.startTime <= chunk.endTime
    }

    /// The end of the data of a file whose footer is intact, so that its summary is not taken for damage too.
    private func footerStart(after place: Int) -> Int? {
        guard let (footer, offset) = try? MCAPFooter.find(in: file) else { return nil }
        let start = footer.summaryStart != 0 ? footer.summaryStart : offset
        return start > place && start <= offset ? start : offset > place ? offset : nil
    }
}
