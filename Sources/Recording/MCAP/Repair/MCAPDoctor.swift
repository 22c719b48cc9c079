import Platform

/// Examines every record of a file.
///
/// It finds what the tools of the format's authors find (definitions that contradict each other or are missing, wrong order,
/// wrong times of chunks, indexes that contradict what they point to, wrong statistics, missing ends, wrong checksums of
/// chunks, data section and summary), and beyond that: message indexes that contradict the messages, attachment and metadata
/// indexes, wrong summary offsets, and all damage behind the first.
public struct MCAPDoctor {
    /// What was found, in the order of the file; at most ``findingLimit``.
    public private(set) var findings: [MCAPFinding] = []
    /// Findings beyond the limit.
    public private(set) var furtherFindings = 0
    public private(set) var messageCount: UInt64 = 0

    public static let findingLimit = 1000

    let file: UnsafeRawBufferPointer
    private let unpacker: ChunkUnpacker
    private let memory = ChunkMemory()

    var schemas: [UInt16: MCAPSchema] = [:]
    var channels: [UInt16: MCAPChannel] = [:]
    private var repeatedSchemas: Set<UInt16> = []
    private var repeatedChannels: Set<UInt16> = []
    var summarySchemas: Set<UInt16> = []
    var summaryChannels: Set<UInt16> = []
    var chunkIndexes: [Int: MCAPChunkIndex] = [:]
    /// What the walk saw of each chunk, by its place.
    var chunks: [Int: ExaminedChunk] = [:]
    var lastChunk: Int?
    /// Messages of that chunk by their place in its unpacked records.
    var lastMessages: [UInt64: (channel: UInt16, logTime: UInt64)] = [:]
    var attachments: [Int: MCAPAttachmentIndex] = [:]
    var metadata: [Int: MCAPMetadataIndex] = [:]
    var indexedAttachments: Set<Int> = []
    var indexedMetadata: Set<Int> = []
    var summaryOffsets: [SummaryGroup] = []
    var statistics: MCAPStatistics?
    var counted = MCAPStatistics()
    private var latestTime: UInt64?
    private var isInSummary = false
    private var hasHeader = false
    private var dataEnd: Int?
    private var footer: Int?
    private var hasLooseMessages = false

    struct SummaryGroup {
        var opcode: UInt8
        var start: Int
        var length: Int
        var offset: Int
    }

    /// What is known of a chunk.
    struct ExaminedChunk {
        var header: MCAPChunkHeader
        var length: Int
        var channels: Set<UInt16> = []
        var messages = 0
        var indexLength = 0
        var indexedMessages = 0
        var isReadable = false
    }

    /// Examines a file. Takes as long as reading and unpacking all of it.
    public static func examine(_ path: String, limits: MCAPLimits = .init()) throws(RecordingError) -> MCAPDoctor {
        do throws(PlatformError) {
            let file = try MappedFile(path: path)
            return file.withBytes { bytes in
                var doctor = MCAPDoctor(bytes, limits: limits)
                doctor.run()
                return doctor
            }
        } catch {
            throw RecordingError(error, path: path)
        }
    }

    init(_ file: UnsafeRawBufferPointer, limits: MCAPLimits) {
        self.file = file
        unpacker = ChunkUnpacker(limit: limits.chunkBytes)
    }

    public var hasErrors: Bool { findings.contains { $0.severity == .error } }

    mutating func error(_ offset: Int, _ detail: String) { add(.error, offset, detail) }
    mutating func warning(_ offset: Int, _ detail: String) { add(.warning, offset, detail) }

    mutating func add(_ severity: MCAPFinding.Severity, _ offset: Int, _ detail: String) {
        guard findings.count < Self.findingLimit else { return furtherFindings += 1 }
        findings.append(MCAPFinding(severity: severity, offset: offset, detail: detail))
    }

    // MARK: - The walk

    private mutating func run() {
        if !MCAPFormat.isMagic(file) { error(0, "the file does not begin with the bytes of an MCAP file") }
        var scanner = RecordScanner(file)
        while let item = scanner.next() {
            switch item {
            case .damage(let range, let detail):
                error(range.lowerBound, "\(detail); \(range.count) bytes are no records")
            case .record(let record):
                do throws(MCAPDamage) { try examine(record) } catch { self.error(error.offset, error.detail) }
            }
        }
        examineEnd()
        examineIndexes()
        examineStatistics()
        findings.sort { $0.offset < $1.offset }
        messageCount = counted.messageCount
    }

    private mutating func examine(_ record: RecordCursor.Record) throws(MCAPDamage) {
        let (place, length) = (record.position, record.content.count + MCAPFormat.recordHeadBytes)
        var cursor = ByteCursor(record.content, origin: place + MCAPFormat.recordHeadBytes)
        let opcode = MCAPOpcode(rawValue: record.opcode)
        examinePlace(of: opcode, at: place)
        switch opcode {
        case .header: examine(try MCAPHeader(&cursor), at: place)
        case .footer: footer = place
        case .schema: examine(try MCAPSchema(&cursor), at: place)
        case .channel: examine(try MCAPChannel(&cursor), at: place)
        case .message: examineLoose(try MCAPMessage(content: record.content, offset: place), at: place)
        case .chunk: examine(try MCAPChunkHeader(content: record.content, offset: place), at: place, length: length)
        case .messageIndex:
            examine(try MessageIndexView(content: record.content, offset: place), at: place, length: length)
        case .chunkIndex: examine(try MCAPChunkIndex(&cursor), at: place)
        case .attachment:
            let attachment = try MCAPAttachment(content: record.content, offset: place)
            attachments[place] = MCAPAttachmentIndex(attachment, offset: place, length: length)
        case .attachmentIndex: examine(try MCAPAttachmentIndex(&cursor), at: place)
        case .metadata: metadata[place] = .init(offset: place, length: length, name: try MCAPMetadata(&cursor).name)
        case .metadataIndex: examine(try MCAPMetadataIndex(&cursor), at: place)
        case .statistics:
            if statistics != nil { error(place, "a second Statistics record") }
            statistics = try MCAPStatistics(&cursor)
        case .summaryOffset:
            summaryOffsets.append(
                .init(opcode: try cursor.integer(), start: try cursor.size(), length: try cursor.size(), offset: place))
        case .dataEnd: examineDataEnd(try cursor.integer(), at: place)
        case nil: warning(place, "a record of unknown kind \(record.opcode)")
        }
        if opcode != .messageIndex, opcode != .chunk { lastChunk = nil }
    }

    /// Which records may stand before and which behind the end of the data.
    private mutating func examinePlace(of opcode: MCAPOpcode?, at place: Int) {
        guard let opcode else { return }
        if !hasHeader, opcode != .header, place == MCAPFormat.magic.count {
            error(place, "the first record is a \(opcode.name), not a Header")
        }
        if footer != nil { error(place, "a \(opcode.name) behind the footer") }
        switch opcode {
        case .header, .message, .chunk, .messageIndex, .attachment, .metadata, .dataEnd:
            if isInSummary { error(place, "a \(opcode.name) behind the end of the data") }
        case .chunkIndex, .attachmentIndex, .metadataIndex, .statistics, .summaryOffset, .footer:
            if !isInSummary { error(place, "a \(opcode.name) before the end of the data") }
        case .schema, .channel: break
        }
    }

    private mutating func examine(_ header: MCAPHeader, at place: Int) {
        if hasHeader { error(place, "a second Header") }
        hasHeader = true
        if header.library.isEmpty { warning(place, "the header does not say by what the file was written") }
        if !["", "ros1", "ros2"].contains(header.profile) {
            warning(place, "the header's profile '\(header.profile)' is none of the well-known ones")
        }
    }

    private mutating func examineDataEnd(_ checksum: UInt32, at place: Int) {
        dataEnd = place
        isInSummary = true
        let actual = Checksum.crc32(UnsafeRawBufferPointer(rebasing: file[0..<place]))
        if checksum != 0, checksum != actual { error(place, "the checksum of the data section is wrong") }
    }

    private mutating func examineEnd() {
        if !hasHeader { error(0, "no Header") }
        if dataEnd == nil { error(file.count, "no DataEnd: the file was not closed, or cut off") }
        if footer == nil { error(file.count, "no Footer: the file was not closed, or cut off") }
        do throws(MCAPDamage) {
            let (footer, offset) = try MCAPFooter.find(in: file)
            if footer.summaryStart == 0 {
                return warning(offset, "the file has no summary: readers must walk over all of it")
            }
            guard footer.summaryStart <= offset, footer.summaryStart >= MCAPFormat.magic.count else {
                return error(offset, "the footer's summary start \(footer.summaryStart) is outside of the file")
            }
            let end = offset + MCAPFormat.footerBytes - 4
            let covered = UnsafeRawBufferPointer(rebasing: file[footer.summaryStart..<end])
            if footer.checksum != 0, footer.checksum != Checksum.crc32(covered) {
                error(footer.summaryStart, "the summary's checksum is wrong")
            }
        } catch {
            self.error(error.offset, error.detail)
        }
    }

    // MARK: - Definitions

    mutating func examine(_ schema: MCAPSchema, at place: Int) {
        let id = schema.id
        if id == 0 { error(place, "a schema of id 0, which is reserved") }
        if schema.encoding.isEmpty {
            if schema.data.isEmpty {
                warning(place, "schema \(id) (\(schema.name)) has neither encoding nor data")
            } else {
                error(place, "schema \(id) has data without an encoding")
            }
        }
        if let known = schemas[id] {
            if known.name != schema.name { error(place, "schema \(id) is named '\(known.name)' and '\(schema.name)'") }
            if known.encoding != schema.encoding {
                error(place, "schema \(id) is encoded as '\(known.encoding)' and '\(schema.encoding)'")
            }
            if known.data != schema.data { error(place, "two schemas of id \(id) have different data") }
        }
        if isInSummary {
            summarySchemas.insert(id)
            if schemas[id] == nil { error(place, "schema \(id) of the summary does not occur in the data") }
        } else if schemas.updateValue(schema, forKey: id) != nil, repeatedSchemas.insert(id).inserted {
            warning(place, "schema \(id) occurs more than once in the data")
        }
    }

    mutating func examine(_ channel: MCAPChannel, at place: Int) {
        let id = channel.id
        if let known = channels[id] {
            if known.schemaID != channel.schemaID {
                error(place, "channel \(id) has schemas \(known.schemaID) and \(channel.schemaID)")
            }
            if known.topic != channel.topic {
                error(place, "channel \(id) has topics '\(known.topic)' and '\(channel.topic)'")
            }
            if known.messageEncoding != channel.messageEncoding {
                error(place, "channel \(id) is encoded as '\(known.messageEncoding)' and '\(channel.messageEncoding)'")
            }
            if known.metadata != channel.metadata { error(place, "two channels of id \(id) have different metadata") }
        }
        if isInSummary {
            summaryChannels.insert(id)
            if channels[id] == nil { error(place, "channel \(id) of the summary does not occur in the data") }
        } else if channels.updateValue(channel, forKey: id) != nil, repeatedChannels.insert(id).inserted {
            warning(place, "channel \(id) occurs more than once in the data")
        }
        if channel.schemaID != 0, schemas[channel.schemaID] == nil {
            error(place, "channel \(id) needs schema \(channel.schemaID), which was not defined before")
        }
    }

    // MARK: - Messages

    private mutating func examineLoose(_ message: MCAPMessage, at place: Int) {
        if !hasLooseMessages {
            warning(place, "messages outside of chunks: readers that use the index do not find them")
        }
        hasLooseMessages = true
        examine(message, at: place)
    }

    private mutating func examine(_ message: MCAPMessage, at place: Int) {
        let topic = channels[message.channelID]?.topic
        if topic == nil { error(place, "a message of channel \(message.channelID), which was not defined before") }
        if let latest = latestTime, message.logTime < latest {
            warning(
                place, "a message of \(topic ?? "an unknown topic") of time \(message.logTime) behind one of \(latest)")
        }
        latestTime = max(latestTime ?? 0, message.logTime)
        counted.add(channel: message.channelID, logTime: message.logTime)
    }

    private mutating func examine(_ header: MCAPChunkHeader, at place: Int, length: Int) {
        counted.chunkCount += 1
        var chunk = ExaminedChunk(header: header, length: length)
        lastMessages.removeAll(keepingCapacity: true)
        do throws(MCAPDamage) {
            let records = try unpacker.unverified(header, offset: place, into: memory)
            if header.checksum != 0, header.checksum != Checksum.crc32(records) {
                error(place, "a chunk whose checksum is wrong")
            }
            try examine(records, of: &chunk, at: place)
            chunk.isReadable = true
        } catch {
            self.error(place, error.detail)
        }
        chunks[place] = chunk
        lastChunk = place
    }

    private mutating func examine(
        _ records: UnsafeRawBufferPointer, of chunk: inout ExaminedChunk, at place: Int
    ) throws(MCAPDamage) {
        var cursor = RecordCursor(records, origin: place)
        var (first, last): (UInt64?, UInt64) = (nil, 0)
        while let record = try cursor.next() {
            var fields = ByteCursor(record.content, origin: place)
            switch MCAPOpcode(rawValue: record.opcode) {
            case .schema: examine(try MCAPSchema(&fields), at: place)
            case .channel: examine(try MCAPChannel(&fields), at: place)
            case .message:
                let message = try MCAPMessage(content: record.content, offset: place)
                examine(message, at: place)
                chunk.channels.insert(message.channelID)
                chunk.messages += 1
                lastMessages[UInt64(record.position)] = (message.channelID, message.logTime)
                first = min(first ?? .max, message.logTime)
                last = max(last, message.logTime)
            case let opcode: error(place, "a \(opcode?.name ?? "record of kind \(record.opcode)") within a chunk")
            }
        }
        guard let first else { return }
        if first != chunk.header.startTime {
            error(place, "the chunk's start time \(chunk.header.startTime) is not its first message's, \(first)")
        }
        if last != chunk.header.endTime {
            error(place, "the chunk's end time \(chunk.header.endTime) is not its last message's, \(last)")
        }
    }
}
