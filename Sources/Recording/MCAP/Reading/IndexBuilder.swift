/// Puts an index together by a walk over a file that has no usable summary: one that is being written, was cut off, or
/// came from a writer that makes none.
///
/// Chunks are unpacked only where they may define channels that are not known yet.
struct IndexBuilder {
    private(set) var index = MCAPIndex()
    /// What made no sense, in file order; the first thousand.
    private(set) var damage: [MCAPDamage] = []
    private var statistics = MCAPStatistics()
    private var pending: MCAPChunkIndex?
    private let file: UnsafeRawBufferPointer
    private let unpacker: ChunkUnpacker
    private let memory = ChunkMemory()

    private static let damageLimit = 1000

    init(_ file: UnsafeRawBufferPointer, limits: MCAPLimits) {
        self.file = file
        unpacker = ChunkUnpacker(limit: limits.chunkBytes)
    }

    mutating func run() {
        var scanner = RecordScanner(file)
        while let item = scanner.next() {
            switch item {
            case .damage(let range, let detail):
                finishCutChunk()
                note(MCAPDamage(offset: range.lowerBound, "\(detail); \(range.count) bytes passed over"))
            case .record(let record):
                let opcode = MCAPOpcode(rawValue: record.opcode)
                if opcode != .messageIndex { finishChunk() }
                do throws(MCAPDamage) { try take(record, opcode) } catch { note(error) }
            }
        }
        finishCutChunk()
        statistics.schemaCount = UInt16(clamping: index.schemas.count)
        statistics.channelCount = UInt32(clamping: index.channels.count)
        statistics.chunkCount = UInt32(clamping: index.chunks.count)
        statistics.attachmentCount = UInt32(clamping: index.attachments.count)
        statistics.metadataCount = UInt32(clamping: index.metadata.count)
        index.statistics = statistics
        index.sortChunks()
    }

    private mutating func note(_ problem: MCAPDamage) {
        if damage.count < Self.damageLimit { damage.append(problem) }
    }

    private mutating func take(_ record: RecordCursor.Record, _ opcode: MCAPOpcode?) throws(MCAPDamage) {
        let length = record.content.count + MCAPFormat.recordHeadBytes
        var cursor = ByteCursor(record.content, origin: record.position + MCAPFormat.recordHeadBytes)
        switch opcode {
        case .schema, .channel: try define(record)
        case .chunk:
            let chunk = try MCAPChunkHeader(content: record.content, offset: record.position)
            pending = MCAPChunkIndex(
                startTime: chunk.startTime, endTime: chunk.endTime, offset: record.position, length: length,
                messageIndexOffsets: [], messageIndexLength: 0, compression: chunk.compression,
                compressedSize: chunk.data.count, uncompressedSize: chunk.uncompressedSize)
        case .messageIndex:
            let view = try MessageIndexView(content: record.content, offset: record.position)
            if view.count > 0 {
                pending?.messageIndexOffsets.append(.init(channelID: view.channelID, offset: record.position))
            }
            pending?.messageIndexLength += length
        case .message:
            takeLoose(try MCAPMessage(content: record.content, offset: record.position), at: record.position, length)
        case .attachment:
            let attachment = try MCAPAttachment(content: record.content, offset: record.position)
            index.attachments.append(.init(attachment, offset: record.position, length: length))
        case .metadata:
            let metadata = try MCAPMetadata(&cursor)
            index.metadata.append(.init(offset: record.position, length: length, name: metadata.name))
        default: break
        }
    }

    /// The first definition counts: a later one, also that of a damaged summary, only repeats or contradicts it.
    private mutating func define(_ record: RecordCursor.Record) throws(MCAPDamage) {
        var cursor = ByteCursor(record.content, origin: record.position)
        switch MCAPOpcode(rawValue: record.opcode) {
        case .schema:
            let schema = try MCAPSchema(&cursor)
            if index.schemas[schema.id] == nil { index.schemas[schema.id] = schema }
        case .channel:
            let channel = try MCAPChannel(&cursor)
            if index.channels[channel.id] == nil { index.channels[channel.id] = channel }
        default: break
        }
    }

    private mutating func takeLoose(_ message: MCAPMessage, at position: Int, _ length: Int) {
        statistics.add(channel: message.channelID, logTime: message.logTime)
        if let last = index.looseMessages.indices.last, index.looseMessages[last].range.upperBound == position {
            let run = index.looseMessages[last]
            index.looseMessages[last] = MCAPLooseMessages(
                startTime: min(run.startTime, message.logTime), endTime: max(run.endTime, message.logTime),
                range: run.range.lowerBound..<position + length)
        } else {
            index.looseMessages.append(
                MCAPLooseMessages(
                    startTime: message.logTime, endTime: message.logTime, range: position..<position + length))
        }
    }

    // MARK: - Chunks

    /// Takes in a chunk whose message indexes may be missing in part: what it holds is found by unpacking it.
    private mutating func finishCutChunk() {
        pending?.messageIndexOffsets = []
        finishChunk()
    }

    /// Takes in a chunk whose message indexes have been passed.
    private mutating func finishChunk() {
        guard var chunk = pending else { return }
        pending = nil
        let isKnown =
            !chunk.messageIndexOffsets.isEmpty
            && chunk.messageIndexOffsets.allSatisfy { place in
                index.channels[place.channelID].map { $0.schemaID == 0 || index.schemas[$0.schemaID] != nil } ?? false
            }
        if isKnown {
            countFromIndexes(chunk)
        } else {
            do throws(MCAPDamage) {
                try countFromRecords(&chunk)
            } catch {
                note(error)
                return
            }
        }
        index.chunks.append(chunk)
    }

    private mutating func countFromIndexes(_ chunk: MCAPChunkIndex) {
        for place in chunk.messageIndexOffsets {
            var records = RecordCursor(file, origin: place.offset, position: place.offset)
            guard let record = try? records.next(),
                let view = try? MessageIndexView(content: record.content, offset: place.offset)
            else { continue }
            for entry in 0..<view.count { statistics.add(channel: view.channelID, logTime: view[entry].logTime) }
        }
    }

    /// Unpacks a chunk for its definitions, and counts its messages.
    private mutating func countFromRecords(_ chunk: inout MCAPChunkIndex) throws(MCAPDamage) {
        var records = RecordCursor(file, origin: chunk.offset, position: chunk.offset)
        guard let record = try records.next() else { return }
        let header = try MCAPChunkHeader(content: record.content, offset: chunk.offset)
        var cursor = RecordCursor(
            try unpacker.unpack(header, offset: chunk.offset, into: memory), origin: chunk.offset)
        while let inner = try cursor.next() {
            if inner.opcode == MCAPOpcode.message.rawValue {
                let message = try MCAPMessage(content: inner.content, offset: chunk.offset)
                statistics.add(channel: message.channelID, logTime: message.logTime)
            } else {
                try define(inner)
            }
        }
    }
}
