import Platform

/// Writes a recording as one file or a row of them, and stays standing when the disk does not.
///
/// Nothing here throws once the recording has begun: on a full disk the current file is closed in good order, what comes
/// then is counted as lost, and a new file begins when there is room again. Where messages are missing, a record on the topic
/// ``gapTopic`` says how many. One thread uses it at a time.
public final class RecordingWriter {
    public let path: String
    public private(set) var condition = RecordingCondition()

    /// Log time of the latest message, nanoseconds since 1970; 0 before the first.
    public var latestTime: Int64 { Int64(clamping: lastLogTime) }

    /// Topic of the records about lost messages.
    public static let gapTopic = "recording/gaps"

    private let options: RecordingOptions
    private let context: RecordingContext
    private let disk: RecordingDisk
    private let synchronizer = DiskSynchronizer()
    private var writer: MCAPWriter?
    private var fileNumber = 0
    private var schemas: [MCAPSchema] = []
    private var channels: [MCAPChannel] = []
    private var latchedChannels: [(channel: UInt16, data: [UInt8])] = []
    private var gapChannel: UInt16 = 0
    private var lastLogTime: UInt64 = 0
    private var fileStart: UInt64?
    private var closedMessages: UInt64 = 0
    private var closedBytes = 0
    /// Messages lost on the disk, by channel, that no gap record tells of yet.
    private var untold: [UInt16: UInt64] = [:]
    private var unflushedSince: Int64?
    private var lastSync: Int64 = 0
    private var isDirty = false
    private var nextAttempt: Int64?
    /// When messages were lost on the bus last.
    private var lastLoss: Int64 = 0

    /// A loss on the bus counts as present for so long, nanoseconds.
    private static let calm: Int64 = 5_000_000_000
    /// How long to wait before trying again, nanoseconds: longer from failure to failure.
    private var retryInterval: Int64 = 1_000_000_000
    private static let longestRetry: Int64 = 60_000_000_000
    /// Bytes that must be free, besides a chunk, for a new file to begin on a disk that was full.
    private static let roomToResume = 32 << 20

    /// Begins the first file.
    ///
    /// - Throws: as ``MCAPWriter/init(path:options:)``.
    public convenience init(
        path: String, options: RecordingOptions = .init(), context: RecordingContext = .init()
    ) throws(RecordingError) {
        try self.init(path: path, options: options, context: context, disk: .system)
    }

    package init(
        path: String, options: RecordingOptions, context: RecordingContext, disk: RecordingDisk
    ) throws(RecordingError) {
        self.path = path
        self.options = options
        self.context = context
        self.disk = disk
        let schema = addSchema(name: "sightline.RecordingGap", encoding: "jsonschema", data: Array(Self.gapSchema.utf8))
        gapChannel = addChannel(topic: Self.gapTopic, schema: schema, encoding: "json")
        for message in context.latched {
            let schema = addSchema(
                name: message.schema.name, encoding: message.schema.encoding, data: message.schema.data)
            let channel = addChannel(topic: message.topic, schema: schema, encoding: message.schema.encoding)
            latchedChannels.append((channel, message.data))
        }
        do throws(RecordingError) {
            try beginFile()
        } catch {
            guard options.waitsForDisk, error.isDiskTrouble else { throw error }
            fileNumber -= 1
            suspend(error, now: 0)
        }
    }

    // MARK: - Definitions

    /// Makes a schema known; the same one keeps its id.
    public func addSchema(name: String, encoding: String, data: [UInt8]) -> UInt16 {
        if let known = schemas.first(where: { $0.name == name && $0.encoding == encoding && $0.data == data }) {
            return known.id
        }
        let schema = MCAPSchema(id: UInt16(schemas.count + 1), name: name, encoding: encoding, data: data)
        schemas.append(schema)
        writer?.define(schema)
        return schema.id
    }

    /// Adds a channel.
    ///
    /// - Parameter schema: from ``addSchema(name:encoding:data:)``; 0 for none.
    public func addChannel(
        topic: String, schema: UInt16, encoding: String, metadata: [String: String] = [:]
    ) -> UInt16 {
        let channel = MCAPChannel(
            id: UInt16(channels.count), schemaID: schema, topic: topic, messageEncoding: encoding, metadata: metadata)
        channels.append(channel)
        writer?.define(channel)
        return channel.id
    }

    // MARK: - Messages

    /// Adds a message, which `fill` writes in place.
    ///
    /// - Parameters:
    ///   - logTime: nanoseconds since 1970. One that lies before the last message's is raised to it, so that files are in order.
    ///   - now: CLOCK_MONOTONIC nanoseconds.
    public func write(
        channel: UInt16, sequence: UInt64, logTime: Int64, publishTime: Int64, now: Int64, byteCount: Int,
        fill: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        let time = max(lastLogTime, UInt64(max(0, logTime)))
        lastLogTime = time
        rotateIfNeeded(at: time, adding: byteCount)
        guard let writer else { return lose(channel) }
        if fileStart == nil { beginContent(writer, at: time) }
        let before = writer.byteCount
        do throws(RecordingError) {
            try writer.write(
                channel: channel, sequence: UInt32(truncatingIfNeeded: sequence), logTime: time,
                publishTime: UInt64(max(0, publishTime)), byteCount: byteCount, fill: fill)
        } catch {
            // The writer has counted this message with those of its chunk.
            return suspend(error, now: now)
        }
        if writer.byteCount != before { isDirty = true }
        if writer.byteCount != before || unflushedSince == nil { unflushedSince = now }
    }

    public func write(
        channel: UInt16, sequence: UInt64, logTime: Int64, publishTime: Int64, now: Int64, data: UnsafeRawBufferPointer
    ) {
        write(
            channel: channel, sequence: sequence, logTime: logTime, publishTime: publishTime, now: now,
            byteCount: data.count
        ) { $0.copyMemory(from: data) }
    }

    /// Notes that messages of a topic were lost before they reached the recording.
    public func noteLoss(topic: String, count: UInt64, logTime: Int64, now: Int64) {
        condition.lostOnBus += count
        condition.isKeepingUp = false
        lastLoss = now
        writeGap(topic: topic, count: count, reason: "recording did not keep up", logTime: logTime, now: now)
    }

    private func writeGap(topic: String, count: UInt64, reason: String, logTime: Int64, now: Int64) {
        let text = GapText.make(topic: topic, lost: count, reason: reason)
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes {
            write(channel: gapChannel, sequence: 0, logTime: logTime, publishTime: logTime, now: now, data: $0)
        }
    }

    // MARK: - Time

    /// What is due by real time: writing an old chunk, forcing it to the disk, trying again after a failure. Called often.
    public func tick(now: Int64) {
        if let attempt = nextAttempt, now >= attempt { resume(now: now) }
        if now - lastLoss > Self.calm { condition.isKeepingUp = true }
        guard let writer else { return }
        if let interval = options.flushInterval, let since = unflushedSince, now - since >= interval {
            do throws(RecordingError) { try writer.flush() } catch { return suspend(error, now: now) }
            unflushedSince = nil
            isDirty = true
            retryInterval = 1_000_000_000
        }
        do throws(RecordingError) { try synchronize(writer, now: now) } catch { return suspend(error, now: now) }
        updateCounts()
    }

    /// Has written chunks forced to the disk when it is time; what failed since the last call is thrown.
    private func synchronize(_ writer: MCAPWriter, now: Int64) throws(RecordingError) {
        if let failure = synchronizer.takeFailure() { throw failure }
        guard isDirty, now - lastSync >= options.syncInterval, try synchronizer.start(writer.file) else { return }
        lastSync = now
        isDirty = false
    }

    /// Completes the last file.
    public func close() {
        synchronizer.finish()
        if let writer {
            do throws(RecordingError) { try writer.close() } catch { suspend(error, now: 0) }
            finish(writer)
        }
        updateCounts()
    }

    // MARK: - Files

    private func beginFile() throws(RecordingError) {
        fileNumber += 1
        let file = try RecordingFile(creating: RecordingName.file(path, number: fileNumber), disk: disk)
        let writer = try MCAPWriter(file, options: options.mcap)
        for schema in schemas { writer.define(schema) }
        for channel in channels { writer.define(channel) }
        do throws(RecordingError) {
            for attachment in context.attachments { try writer.write(attachment) }
            for metadata in context.metadata { try writer.write(metadata) }
        } catch {
            writer.discard()
            throw error
        }
        self.writer = writer
        fileStart = nil
        condition.files += 1
        condition.state = .writing
    }

    /// What can only be written once the time of the first message is known.
    private func beginContent(_ writer: MCAPWriter, at time: UInt64) {
        fileStart = time
        for (channel, data) in latchedChannels {
            data.withUnsafeBytes { bytes in
                // A failure shows with the message that is being written.
                try? writer.write(channel: channel, sequence: 0, logTime: time, publishTime: time, data: bytes)
            }
        }
    }

    private func rotateIfNeeded(at time: UInt64, adding byteCount: Int) {
        guard let writer, let start = fileStart else { return }
        let isLarge = options.segmentBytes.map { writer.byteCount + byteCount > $0 } ?? false
        let isLong = options.segmentDuration.map { time - start >= UInt64($0) } ?? false
        guard isLarge || isLong else { return }
        do throws(RecordingError) {
            try writer.close()
            finish(writer)
            try beginFile()
        } catch {
            suspend(error, now: 0)
        }
    }

    private func finish(_ writer: MCAPWriter) {
        closedMessages += writer.writtenMessages
        if writer.writtenMessages > 0 { closedBytes += writer.byteCount }
        condition.lostOnDisk += writer.lostMessages
        for (channel, count) in writer.lostByChannel { untold[channel, default: 0] += count }
        self.writer = nil
        unflushedSince = nil
        isDirty = false
    }

    private func updateCounts() {
        condition.messages = closedMessages + (writer?.writtenMessages ?? 0)
        condition.bytes = closedBytes + (writer?.byteCount ?? 0)
    }

    // MARK: - Failure

    private func lose(_ channel: UInt16) {
        condition.lostOnDisk += 1
        untold[channel, default: 0] += 1
    }

    /// Ends the current file as well as can be, and waits for better times.
    private func suspend(_ error: RecordingError, now: Int64) {
        if let writer {
            if writer.writtenMessages == 0 {
                writer.discard()
                condition.files -= 1
            } else {
                // Room for the end of the file was set aside.
                try? writer.close()
            }
            finish(writer)
        }
        if case .diskFull = error {
            condition.state = .diskFull
        } else {
            condition.state = .failed("\(error)")
        }
        nextAttempt = now + retryInterval
        retryInterval = min(retryInterval * 2, Self.longestRetry)
        updateCounts()
    }

    private func resume(now: Int64) {
        nextAttempt = now + retryInterval
        let needed = Self.roomToResume + options.mcap.chunkBytes
        if condition.state == .diskFull, FileSystem.availableBytes(besides: path) ?? .max < needed { return }
        do throws(RecordingError) {
            try beginFile()
        } catch {
            // The number of a file that could not begin is used again.
            fileNumber -= 1
            return
        }
        nextAttempt = nil
        let lost = untold
        untold = [:]
        for (channel, count) in lost.sorted(by: { $0.key < $1.key }) where channel != gapChannel {
            writeGap(
                topic: channels[Int(channel)].topic, count: count, reason: "the disk did not take them",
                logTime: Int64(clamping: lastLogTime), now: now)
        }
    }

    private static let gapSchema = """
        {"title":"sightline.RecordingGap","description":"Messages of a topic that are missing before this time",\
        "type":"object","properties":{"topic":{"type":"string"},"lost":{"type":"integer"},"reason":{"type":"string"}}}
        """
}
