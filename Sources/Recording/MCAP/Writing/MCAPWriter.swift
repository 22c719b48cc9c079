/// Writes an MCAP file: messages in packed chunks with checksums and indexes, attachments and metadata between them, a
/// summary at the end.
///
/// The file grows as `PATH.active` and takes its name when it is closed. A chunk is written whole or not at all: what was
/// written can be read even if the file is never closed. Memory stays within a chunk's size and its largest message. One
/// thread uses a writer at a time.
public final class MCAPWriter {
    public let path: String
    /// Messages that are in the file; those of the open chunk are not.
    public var writtenMessages: UInt64 { statistics.messageCount }
    /// Messages of chunks that could not be written.
    public var lostMessages: UInt64 { lostByChannel.values.reduce(0, +) }
    /// The same by channel.
    public internal(set) var lostByChannel: [UInt16: UInt64] = [:]
    /// Bytes of the file so far.
    public var byteCount: Int { file.byteCount }

    let options: MCAPWriterOptions
    let file: RecordingFile
    private let compressor: ChunkCompressor
    var chunk: OpenChunk
    private var packed = RecordBuffer()
    var scratch = RecordBuffer()
    var definitions = WriterDefinitions()
    var index = MCAPIndex()
    var statistics = MCAPStatistics()
    /// Of all bytes of the file so far.
    var checksum: UInt32 = 0
    /// Bytes that the summary would take now, generously.
    var summaryEstimate = 4096

    /// Creates `PATH.active`.
    ///
    /// - Throws: ``RecordingError/exists(path:)`` when either name is taken, ``RecordingError/file(path:detail:)``,
    ///   ``RecordingError/diskFull(path:)``.
    public convenience init(path: String, options: MCAPWriterOptions = .init()) throws(RecordingError) {
        try self.init(RecordingFile(creating: path), options: options)
    }

    /// Writes into a file that was just created.
    init(_ file: RecordingFile, options: MCAPWriterOptions) throws(RecordingError) {
        path = file.path
        self.options = options
        self.file = file
        compressor = ChunkCompressor(options.compression, level: options.level)
        chunk = OpenChunk(capacity: options.chunkBytes + options.chunkBytes / 8)
        scratch.append(MCAPFormat.magic)
        MCAPHeader(profile: options.profile, library: options.library).encode(into: &scratch)
        do throws(RecordingError) {
            try append(scratch.bytes)
        } catch {
            file.discard()
            throw error
        }
    }

    /// Removes the file, which was begun in vain.
    func discard() {
        file.discard()
    }

    // MARK: - Definitions

    /// Makes a schema known under its id, 1 to 65535. It is written with the first message that needs it.
    public func define(_ schema: MCAPSchema) {
        definitions.schemas[schema.id] = schema
    }

    /// Makes a channel known under its id. It is written with its first message.
    public func define(_ channel: MCAPChannel) {
        definitions.channels[channel.id] = channel
    }

    /// Writes the channel's definition, and its schema's, into the open chunk, unless they are in the file.
    private func writeDefinitions(of channel: UInt16) throws(RecordingError) {
        guard !definitions.isWritten(channel: channel) else { return }
        let before = chunk.records.count
        try encodeDefinitions(of: channel, into: &chunk.records)
        summaryEstimate += chunk.records.count - before
    }

    /// Appends what a reader must know before the channel's messages and is not in the file yet.
    func encodeDefinitions(of channel: UInt16, into buffer: inout RecordBuffer) throws(RecordingError) {
        guard let definition = definitions.channels[channel] else {
            throw .writingFailed(path: path, detail: "channel \(channel) was not defined")
        }
        if !definitions.isWritten(schema: definition.schemaID), let schema = definitions.schemas[definition.schemaID] {
            schema.encode(into: &buffer)
            definitions.note(schema: schema.id)
        }
        definition.encode(into: &buffer)
        definitions.note(channel: channel)
    }

    // MARK: - Messages

    /// Adds a message.
    ///
    /// - Throws: ``RecordingError/diskFull(path:)`` and ``RecordingError/writingFailed(path:detail:)`` when the chunk before
    ///   could not be written: it and this message are lost and counted, and one may go on.
    public func write(
        channel: UInt16, sequence: UInt32, logTime: UInt64, publishTime: UInt64, data: UnsafeRawBufferPointer
    ) throws(RecordingError) {
        try write(
            channel: channel, sequence: sequence, logTime: logTime, publishTime: publishTime, byteCount: data.count
        ) { $0.copyMemory(from: data) }
    }

    /// Adds a message that `fill` writes straight into the chunk; it must fill all `byteCount` bytes.
    public func write(
        channel: UInt16, sequence: UInt32, logTime: UInt64, publishTime: UInt64, byteCount: Int,
        fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(RecordingError) {
        let recordBytes = MCAPFormat.recordHeadBytes + MCAPFormat.messageHeadBytes + byteCount
        let isFull = chunk.records.count + recordBytes > options.chunkBytes
        let spansTooMuch = logTime > chunk.statistics.startTime &+ options.chunkDuration
        if chunk.messageCount > 0, isFull || spansTooMuch {
            do throws(RecordingError) {
                try flush()
            } catch {
                lostByChannel[channel, default: 0] += 1
                throw error
            }
        }
        try writeDefinitions(of: channel)
        fill(
            chunk.append(
                channel: channel, sequence: sequence, logTime: logTime, publishTime: publishTime,
                byteCount: byteCount))
    }

    /// Writes the open chunk.
    ///
    /// - Throws: when it cannot be written: its messages are lost and counted.
    public func flush() throws(RecordingError) {
        guard !chunk.isEmpty else { return }
        packed.removeAll()
        let isPacked = compressor.compress(chunk.records.bytes, into: &packed)
        let header = ChunkHead(
            compression: isPacked ? options.compression : .none, uncompressedSize: chunk.records.count,
            checksum: Checksum.crc32(chunk.records.bytes))
        do throws(RecordingError) {
            try writeChunk(header, data: isPacked ? packed.bytes : chunk.records.bytes)
            definitions.settle()
        } catch {
            noteLoss()
            definitions.forgetPending()
            chunk.removeAll()
            throw error
        }
        chunk.removeAll()
    }

    /// Counts the open chunk's messages as lost.
    func noteLoss() {
        lostByChannel.merge(chunk.statistics.channelMessageCounts) { $0 + $1 }
    }

    /// Waits until all that was flushed is on the disk.
    public func synchronize() throws(RecordingError) {
        try file.synchronize()
    }

    struct ChunkHead {
        var compression: MCAPCompression
        var uncompressedSize: Int
        var checksum: UInt32
    }

    /// Writes a chunk record with its message indexes. What is said of it is taken from the open chunk's books.
    func writeChunk(_ head: ChunkHead, data: UnsafeRawBufferPointer) throws(RecordingError) {
        let headBytes = MCAPChunkHeader.byteCount(compression: head.compression.rawValue)
        let (start, length) = (file.byteCount, headBytes + data.count)
        scratch.removeAll()
        scratch.append(MCAPOpcode.chunk.rawValue)
        scratch.append(UInt64(length - MCAPFormat.recordHeadBytes))
        scratch.append(chunk.statistics.startTime)
        scratch.append(chunk.statistics.endTime)
        scratch.append(UInt64(head.uncompressedSize))
        scratch.append(head.checksum)
        scratch.append(string: head.compression.rawValue)
        scratch.append(UInt64(data.count))
        let places = chunk.encodeIndexes(into: &scratch, start: start + length)
        let indexLength = scratch.count - headBytes
        let entry = MCAPChunkIndex(
            startTime: chunk.statistics.startTime, endTime: chunk.statistics.endTime, offset: start, length: length,
            messageIndexOffsets: places, messageIndexLength: indexLength, compression: head.compression.rawValue,
            compressedSize: data.count, uncompressedSize: head.uncompressedSize)
        let parts = scratch.bytes
        try append(
            UnsafeRawBufferPointer(rebasing: parts[0..<headBytes]), data,
            UnsafeRawBufferPointer(rebasing: parts[headBytes...]))
        index.chunks.append(entry)
        summaryEstimate += 96 + 10 * places.count
        statistics.merge(chunk.statistics)
    }

    // MARK: - Other records

    /// Writes an attachment, behind the open chunk.
    public func write(_ attachment: MCAPAttachment) throws(RecordingError) {
        try flush()
        scratch.removeAll()
        attachment.encode(into: &scratch)
        let start = file.byteCount
        try append(scratch.bytes)
        index.attachments.append(.init(attachment, offset: start, length: file.byteCount - start))
        summaryEstimate += 96 + attachment.name.utf8.count + attachment.mediaType.utf8.count
    }

    /// Writes a metadata record, behind the open chunk.
    public func write(_ metadata: MCAPMetadata) throws(RecordingError) {
        try flush()
        scratch.removeAll()
        metadata.encode(into: &scratch)
        let start = file.byteCount
        try append(scratch.bytes)
        index.metadata.append(.init(offset: start, length: file.byteCount - start, name: metadata.name))
        summaryEstimate += 64 + metadata.name.utf8.count
    }

    // MARK: - Writing

    func append(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer = .init(start: nil, count: 0),
        _ third: UnsafeRawBufferPointer = .init(start: nil, count: 0)
    ) throws(RecordingError) {
        try file.append(first, second, third, reserve: summaryEstimate)
        for part in [first, second, third] { checksum = Checksum.crc32(part, continuing: checksum) }
    }
}
