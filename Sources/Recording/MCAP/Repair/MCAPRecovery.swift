import Platform

/// Writes a clean file from one that was cut off or damaged: everything that is whole, with new indexes and checksums.
///
/// Chunks that are sound are taken over as they are, without packing them again. Of a chunk that the file's end cuts, the
/// messages before the cut are kept. A chunk whose checksum is wrong holds a wrong message somewhere: it is left out,
/// unless everything is wanted.
public struct MCAPRecovery {
    public struct Options: Hashable, Sendable {
        /// Keeps the messages of chunks whose checksum is wrong, as far as they can be taken apart.
        public var keepsDamaged = false
        public var limits = MCAPLimits()

        public init() {}
    }

    /// What was saved and what was not.
    public struct Report: Hashable, Sendable {
        public var messages: UInt64 = 0
        public var attachments = 0
        public var metadata = 0
        /// Of ``messages``, those from chunks that are cut or damaged.
        public var salvaged: UInt64 = 0
        /// Messages that are known to be lost. Of chunks that cannot be read at all their number is not known.
        public var lostMessages: UInt64 = 0
        /// Bytes that were no sound records, or chunks that were left out.
        public var lostBytes = 0
        /// What was lost, one entry each, in file order; the first thousand.
        public var losses: [MCAPDamage] = []
        /// Whether the file had been closed in good order.
        public var wasComplete = false

        public var isLossy: Bool { !losses.isEmpty }
    }

    private let file: UnsafeRawBufferPointer
    private let options: Options
    private let writer: MCAPWriter
    private let unpacker: ChunkUnpacker
    private let memory = ChunkMemory()
    private var report = Report()
    /// The chunk that was left out last, while message indexes may tell how many messages it had.
    private var leftOut = false
    /// Schemas and channels that the new file knows.
    private var schemas: [UInt16: MCAPSchema] = [:]
    private var channels: [UInt16: MCAPChannel] = [:]

    /// - Parameters:
    ///   - source: may also be a file that is still named `.active`.
    ///   - target: must not exist.
    public static func recover(
        _ source: String, to target: String, options: Options = .init()
    ) throws(RecordingError) -> Report {
        let mapping: MappedFile
        do throws(PlatformError) {
            mapping = try MappedFile(path: source)
        } catch {
            throw RecordingError(error, path: source)
        }
        let file = mapping.unsafeBytes
        var scanner = RecordScanner(file)
        if !MCAPFormat.isMagic(file) {
            // The mark may be all that is damaged, but something must be there.
            guard case .damage(let range, _)? = scanner.next(), range.upperBound < file.count else {
                throw .damagedRecording(path: source, offset: 0, detail: "it holds nothing of an MCAP file")
            }
        }
        var recovery = try MCAPRecovery(file, target: target, options: options)
        try recovery.run()
        // Keeps the mapping until here: everything before works on its bytes.
        _ = mapping.byteCount
        return recovery.report
    }

    private init(_ file: UnsafeRawBufferPointer, target: String, options: Options) throws(RecordingError) {
        self.file = file
        self.options = options
        unpacker = ChunkUnpacker(limit: options.limits.chunkBytes)
        var writerOptions = MCAPWriterOptions()
        var scanner = RecordScanner(file)
        if case .record(let record)? = scanner.next(), record.opcode == MCAPOpcode.header.rawValue {
            var cursor = ByteCursor(record.content, origin: record.position)
            writerOptions.profile = (try? MCAPHeader(&cursor))?.profile ?? ""
        }
        let output = try RecordingFile(creating: target, suffix: RecordingFile.recoverySuffix)
        writer = try MCAPWriter(output, options: writerOptions)
    }

    private mutating func run() throws(RecordingError) {
        if let index = try? SummaryParser.index(of: file) {
            report.wasComplete = true
            for schema in index.schemas.values { define(schema) }
            for channel in index.channels.values { define(channel) }
        }
        var scanner = RecordScanner(file)
        while let item = scanner.next() {
            switch item {
            case .damage(let range, let detail): try take(damage: range, detail)
            case .record(let record): try take(record)
            }
        }
        try writer.close()
        report.messages = writer.writtenMessages
    }

    private mutating func lose(_ offset: Int, _ detail: String, bytes: Int) {
        report.lostBytes += bytes
        if report.losses.count < 1000 { report.losses.append(MCAPDamage(offset: offset, detail)) }
    }

    /// What `body` parses; nil when it is damaged, which is noted.
    private mutating func parsed<Value>(
        _ record: RecordCursor.Record, _ body: () throws(MCAPDamage) -> Value
    ) -> Value? {
        do throws(MCAPDamage) {
            return try body()
        } catch {
            lose(error.offset, error.detail, bytes: record.content.count + MCAPFormat.recordHeadBytes)
            return nil
        }
    }

    // MARK: - Records

    private mutating func take(_ record: RecordCursor.Record) throws(RecordingError) {
        let opcode = MCAPOpcode(rawValue: record.opcode)
        let (content, place) = (record.content, record.position)
        if opcode != .messageIndex { leftOut = false }
        switch opcode {
        case .schema, .channel: define(record)
        case .message:
            let message = parsed(record) { () throws(MCAPDamage) in try MCAPMessage(content: content, offset: place) }
            if let message, try !write(message) {
                lose(place, "a message of channel \(message.channelID), which is not defined", bytes: content.count)
            }
        case .chunk:
            let chunk = parsed(record) { () throws(MCAPDamage) in try MCAPChunkHeader(content: content, offset: place) }
            if let chunk { try take(chunk, at: place) }
        case .messageIndex:
            guard leftOut, let view = try? MessageIndexView(content: content, offset: place) else { return }
            report.lostMessages += UInt64(view.count)
        case .attachment:
            let attachment = parsed(record) { () throws(MCAPDamage) in
                try MCAPAttachment(content: content, offset: place)
            }
            guard let attachment else { return }
            try writer.write(attachment)
            report.attachments += 1
        case .metadata:
            let metadata = parsed(record) { () throws(MCAPDamage) in
                var cursor = ByteCursor(content, origin: place)
                return try MCAPMetadata(&cursor)
            }
            guard let metadata else { return }
            try writer.write(metadata)
            report.metadata += 1
        case nil: lose(place, "a record of unknown kind \(record.opcode), which is left out", bytes: content.count)
        case .header, .footer, .chunkIndex, .attachmentIndex, .statistics, .metadataIndex, .summaryOffset, .dataEnd:
            break
        }
    }

    /// Bytes that are no records. The cut end of a file may be the front of a chunk.
    private mutating func take(damage range: Range<Int>, _ detail: String) throws(RecordingError) {
        leftOut = false
        var saved: UInt64 = 0
        let head = range.lowerBound + MCAPFormat.recordHeadBytes
        if range.upperBound == file.count, head < file.count,
            file[range.lowerBound] == MCAPOpcode.chunk.rawValue,
            let chunk = try? MCAPChunkHeader(
                content: UnsafeRawBufferPointer(rebasing: file[head...]), offset: range.lowerBound, isCut: true)
        {
            saved = try salvage(chunk, at: range.lowerBound)
        }
        let what = saved > 0 ? "the file ends within a chunk, of which \(saved) messages were saved" : detail
        lose(range.lowerBound, what, bytes: range.count)
    }

    // MARK: - Definitions

    private mutating func define(_ record: RecordCursor.Record) {
        var cursor = ByteCursor(record.content, origin: record.position)
        if record.opcode == MCAPOpcode.schema.rawValue, let schema = try? MCAPSchema(&cursor) { define(schema) }
        if record.opcode == MCAPOpcode.channel.rawValue, let channel = try? MCAPChannel(&cursor) { define(channel) }
    }

    /// The first definition counts; another one of the same id contradicts it and is left out.
    private mutating func define(_ schema: MCAPSchema) {
        guard schema.id != 0, schemas[schema.id] == nil else { return }
        schemas[schema.id] = schema
        writer.define(schema)
    }

    private mutating func define(_ channel: MCAPChannel) {
        guard channels[channel.id] == nil else { return }
        channels[channel.id] = channel
        writer.define(channel)
    }

    // MARK: - Chunks

    private mutating func take(_ chunk: MCAPChunkHeader, at place: Int) throws(RecordingError) {
        let records: UnsafeRawBufferPointer
        do throws(MCAPDamage) {
            records = try unpacker.unpack(chunk, offset: place, into: memory)
        } catch {
            return try takeDamaged(chunk, at: place, error)
        }
        if examine(records), let compression = MCAPCompression(rawValue: chunk.compression) {
            let checksum = chunk.checksum != 0 ? chunk.checksum : Checksum.crc32(records)
            return try writer.copyChunk(
                records: records, data: chunk.data, compression: compression, checksum: checksum)
        }
        let (_, unknown) = try writeEach(records)
        guard unknown > 0 else { return }
        report.lostMessages += unknown
        lose(place, "\(unknown) messages of channels that are not defined", bytes: 0)
    }

    private mutating func takeDamaged(
        _ chunk: MCAPChunkHeader, at place: Int, _ damage: MCAPDamage
    ) throws(RecordingError) {
        let saved = options.keepsDamaged ? try salvage(chunk, at: place) : 0
        leftOut = saved == 0
        let detail = saved > 0 ? "\(damage.detail); \(saved) of its messages were kept" : damage.detail
        lose(place, detail, bytes: saved > 0 ? 0 : chunk.data.count)
    }

    /// Takes in the definitions of a chunk's records; whether the chunk can be taken over as it is.
    private mutating func examine(_ records: UnsafeRawBufferPointer) -> Bool {
        var cursor = RecordCursor(records, origin: 0)
        do throws(MCAPDamage) {
            while let record = try cursor.next() {
                var fields = ByteCursor(record.content, origin: 0)
                switch MCAPOpcode(rawValue: record.opcode) {
                case .schema:
                    let schema = try MCAPSchema(&fields)
                    define(schema)
                    if schemas[schema.id] != schema { return false }
                case .channel:
                    let channel = try MCAPChannel(&fields)
                    define(channel)
                    if channels[channel.id] != channel { return false }
                case .message:
                    let message = try MCAPMessage(content: record.content, offset: 0)
                    if channels[message.channelID] == nil { return false }
                default: return false
                }
            }
            return true
        } catch {
            return false
        }
    }

    /// The messages of the sound front of a chunk; how many there were.
    private mutating func salvage(_ chunk: MCAPChunkHeader, at place: Int) throws(RecordingError) -> UInt64 {
        guard let part = try? unpacker.unpackPart(chunk, offset: place, into: memory) else { return 0 }
        _ = examine(part.records)
        let (written, _) = try writeEach(part.records)
        report.salvaged += written
        return written
    }

    /// Writes the messages of records up to the first that makes no sense; how many were written, and how many belong to
    /// channels that nobody defined.
    private mutating func writeEach(
        _ records: UnsafeRawBufferPointer
    ) throws(RecordingError) -> (written: UInt64, unknown: UInt64) {
        var (written, unknown): (UInt64, UInt64) = (0, 0)
        var cursor = RecordCursor(records, origin: 0)
        while let record = (try? cursor.next()) ?? nil {
            guard record.opcode == MCAPOpcode.message.rawValue,
                let message = try? MCAPMessage(content: record.content, offset: 0)
            else { continue }
            if try write(message) { written += 1 } else { unknown += 1 }
        }
        return (written, unknown)
    }

    /// Writes a message; false when its channel is not defined.
    private func write(_ message: MCAPMessage) throws(RecordingError) -> Bool {
        guard channels[message.channelID] != nil else { return false }
        try writer.write(
            channel: message.channelID, sequence: message.sequence, logTime: message.logTime,
            publishTime: message.publishTime, data: message.data)
        return true
    }
}
