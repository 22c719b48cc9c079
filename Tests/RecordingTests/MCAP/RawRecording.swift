/// An MCAP file put together byte by byte, independently of the writer, with every part open to be made wrong.
struct RawRecording {
    var profile = ""
    var library = "test"
    var schema = Self.schema(id: 1)
    var channel = Self.channel(id: 1, schemaID: 1)
    /// Records of the chunk beside schema, channel and messages.
    var extraInChunk: [UInt8] = []
    var messageChannel: UInt16 = 1
    var times: [UInt64] = [10, 20]
    var chunkStart: UInt64 = 10
    var chunkEnd: UInt64 = 20
    var chunkChecksum: UInt32?
    /// Time and place that the message index adds to the right ones.
    var messageIndexSkew: (time: UInt64, offset: UInt64) = (0, 0)
    var messageIndexCount = 2
    /// Records behind the chunk.
    var extraData: [UInt8] = []
    var dataEnd: [UInt8]? = Self.record(0x0F, Self.little(0 as UInt32))
    var summarySchema: [UInt8]?
    var summaryChannel: [UInt8]?
    var chunkIndexes = 1
    var chunkIndexSkew = Skew()
    var statisticsCount: UInt64 = 2
    var statisticsStart: UInt64 = 10
    var statisticsEnd: UInt64 = 20
    var statisticsRecords = 1
    var extraInSummary: [UInt8] = []
    var summaryChecksum: UInt32 = 0
    var hasFooter = true

    /// What is added to the fields of the chunk index.
    struct Skew {
        var start: UInt64 = 0
        var end: UInt64 = 0
        var offset: UInt64 = 0
        var length: UInt64 = 0
        var indexOffset: UInt64 = 0
        var indexLength: UInt64 = 0
        var compression = ""
        var compressed: UInt64 = 0
        var uncompressed: UInt64 = 0
    }

    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<MemoryLayout<Value>.size).map { UInt8(truncatingIfNeeded: value >> (Value($0) * 8)) }
    }

    static func string(_ text: String) -> [UInt8] { little(UInt32(text.utf8.count)) + Array(text.utf8) }

    static func record(_ opcode: UInt8, _ content: [UInt8]) -> [UInt8] {
        [opcode] + little(UInt64(content.count)) + content
    }

    static func schema(id: UInt16, name: String = "T", encoding: String = "raw", data: String = "x") -> [UInt8] {
        record(0x03, little(id) + string(name) + string(encoding) + string(data))
    }

    static func channel(
        id: UInt16, schemaID: UInt16, topic: String = "t", encoding: String = "raw", metadata: [UInt8] = []
    ) -> [UInt8] {
        record(
            0x04,
            little(id) + little(schemaID) + string(topic) + string(encoding) + little(UInt32(metadata.count))
                + metadata)
    }

    static func message(channel: UInt16, time: UInt64) -> [UInt8] {
        record(0x05, little(channel) + little(0 as UInt32) + little(time) + little(time) + Array("data".utf8))
    }

    static let magic: [UInt8] = [0x89] + Array("MCAP0\r\n".utf8)

    var bytes: [UInt8] {
        typealias R = RawRecording
        var file = R.magic + R.record(0x01, R.string(profile) + R.string(library))
        var records = schema + channel
        var places: [UInt64] = []
        for time in times {
            places.append(UInt64(records.count))
            records += R.message(channel: messageChannel, time: time)
        }
        records += extraInChunk
        let chunkOffset = UInt64(file.count)
        let checksum = chunkChecksum ?? ChecksumTests.plain(records)
        let chunk = R.record(
            0x06,
            R.little(chunkStart) + R.little(chunkEnd) + R.little(UInt64(records.count)) + R.little(checksum)
                + R.string("") + R.little(UInt64(records.count)) + records)
        file += chunk
        let indexOffset = UInt64(file.count)
        let entries = zip(times, places).prefix(messageIndexCount).flatMap {
            R.little($0 &+ messageIndexSkew.time) + R.little($1 &+ messageIndexSkew.offset)
        }
        let index = R.record(0x07, R.little(messageChannel) + R.little(UInt32(entries.count)) + entries)
        file += index + extraData + (dataEnd ?? [])
        let summaryStart = file.count
        file += summarySchema ?? schema
        file += summaryChannel ?? channel
        let skew = chunkIndexSkew
        for _ in 0..<chunkIndexes {
            file += R.record(
                0x08,
                R.little(chunkStart &+ skew.start) + R.little(chunkEnd &+ skew.end)
                    + R.little(chunkOffset &+ skew.offset) + R.little(UInt64(chunk.count) &+ skew.length)
                    + R.little(10 as UInt32) + R.little(messageChannel) + R.little(indexOffset &+ skew.indexOffset)
                    + R.little(UInt64(index.count) &+ skew.indexLength) + R.string(skew.compression)
                    + R.little(UInt64(records.count) &+ skew.compressed)
                    + R.little(UInt64(records.count) &+ skew.uncompressed))
        }
        for _ in 0..<statisticsRecords {
            file += R.record(
                0x0B,
                R.little(statisticsCount) + R.little(1 as UInt16) + R.little(1 as UInt32) + R.little(0 as UInt32)
                    + R.little(0 as UInt32) + R.little(1 as UInt32) + R.little(statisticsStart)
                    + R.little(statisticsEnd) + R.little(0 as UInt32))
        }
        file += extraInSummary
        if hasFooter {
            file += R.record(
                0x02, R.little(UInt64(summaryStart)) + R.little(0 as UInt64) + R.little(summaryChecksum))
            file += R.magic
        }
        return file
    }
}
