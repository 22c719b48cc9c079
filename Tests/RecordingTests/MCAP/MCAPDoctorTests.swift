import Recording
import Testing

@Suite("Doctor of MCAP files")
struct MCAPDoctorTests {
    typealias Raw = RawRecording

    /// A defect, and words of what the doctor says about it.
    struct Defect: CustomTestStringConvertible, Sendable {
        var name: String
        var severity: MCAPFinding.Severity
        var words: String
        var apply: @Sendable (inout RawRecording) -> Void

        init(
            _ name: String, _ words: String, _ severity: MCAPFinding.Severity = .error,
            _ apply: @escaping @Sendable (inout RawRecording) -> Void
        ) {
            self.name = name
            self.severity = severity
            self.words = words
            self.apply = apply
        }

        var testDescription: String { name }
    }

    @Test("A sound file has no findings")
    func sound() throws {
        #expect(try examine(RawRecording()) == [])
    }

    @Test("Every defect is found and named", arguments: definitions + order + indexes + ends)
    func finds(_ defect: Defect) throws {
        var recording = RawRecording()
        defect.apply(&recording)
        let findings = try examine(recording)
        #expect(
            findings.contains { $0.severity == defect.severity && $0.detail.contains(defect.words) },
            "\(findings.map(\.description))")
        if defect.severity == .warning { #expect(!findings.contains { $0.severity == .error }) }
    }

    private func examine(_ recording: RawRecording) throws -> [MCAPFinding] {
        let folder = try TemporaryFolder()
        return try MCAPDoctor.examine(folder.write(recording.bytes, "a.mcap")).findings
    }

    static let definitions: [Defect] = [
        Defect("schema of id 0", "id 0") { $0.extraInChunk = Raw.schema(id: 0) },
        Defect("schema with data but no encoding", "data without an encoding") {
            $0.extraInChunk = Raw.schema(id: 2, encoding: "")
        },
        Defect("empty schema", "neither encoding nor data", .warning) {
            $0.extraInChunk = Raw.schema(id: 2, encoding: "", data: "")
        },
        Defect("schema named twice", "is named") { $0.extraInChunk = Raw.schema(id: 1, name: "U") },
        Defect("schema encoded in two ways", "is encoded as") { $0.extraInChunk = Raw.schema(id: 1, encoding: "json") },
        Defect("schema with other data", "different data") { $0.extraInChunk = Raw.schema(id: 1, data: "y") },
        Defect("schema repeated", "more than once", .warning) { $0.extraInChunk = Raw.schema(id: 1) },
        Defect("channel with two schemas", "has schemas") { $0.extraInChunk = Raw.channel(id: 1, schemaID: 0) },
        Defect("channel with two topics", "has topics") {
            $0.extraInChunk = Raw.channel(id: 1, schemaID: 1, topic: "u")
        },
        Defect("channel encoded in two ways", "is encoded as") {
            $0.extraInChunk = Raw.channel(id: 1, schemaID: 1, encoding: "cdr")
        },
        Defect("channel with other metadata", "different metadata") {
            $0.extraInChunk = Raw.channel(id: 1, schemaID: 1, metadata: Raw.string("k") + Raw.string("v"))
        },
        Defect("channel repeated", "more than once", .warning) { $0.extraInChunk = Raw.channel(id: 1, schemaID: 1) },
        Defect("channel without its schema", "not defined before") {
            $0.extraInChunk = Raw.channel(id: 2, schemaID: 9, topic: "u")
        },
        Defect("message without its channel", "not defined before") { $0.messageChannel = 5 },
        Defect("schema only in the summary", "does not occur in the data") { $0.extraInSummary = Raw.schema(id: 7) },
        Defect("channel only in the summary", "does not occur in the data") {
            $0.extraInSummary = Raw.channel(id: 7, schemaID: 0, topic: "u")
        },
        Defect("summary without the channel", "not in the summary") { $0.summaryChannel = [] },
        Defect("summary without the schema", "not in the summary") { $0.summarySchema = [] },
    ]

    static let order: [Defect] = [
        Defect("messages out of order", "behind one of", .warning) {
            $0.times = [20, 10]
        },
        Defect("chunk starts too late", "start time") { $0.chunkStart = 15 },
        Defect("chunk ends too late", "end time") { $0.chunkEnd = 25 },
        Defect("wrong record in a chunk", "within a chunk") {
            $0.extraInChunk = Raw.record(0x0C, Raw.string("m") + Raw.little(0 as UInt32))
        },
        Defect("message outside of chunks", "outside of chunks", .warning) {
            $0.extraData = Raw.message(channel: 1, time: 20)
            $0.statisticsCount = 3
        },
        Defect("record of unknown kind", "unknown kind", .warning) { $0.extraData = Raw.record(0x90, [1, 2]) },
        Defect("second header", "second Header") {
            $0.extraData = Raw.record(0x01, Raw.string("") + Raw.string("x"))
        },
        Defect("bytes that are no record", "are no records") { $0.extraData = [0, 1, 2, 3] },
        Defect("header without library", "by what", .warning) { $0.library = "" },
        Defect("unknown profile", "profile", .warning) { $0.profile = "mine" },
        Defect("chunk behind the data", "behind the end of the data") {
            $0.extraInSummary = Raw.record(0x0C, Raw.string("m") + Raw.little(0 as UInt32))
        },
        Defect("statistics within the data", "before the end of the data") {
            $0.extraData = Raw.record(0x0D, Raw.little(0 as UInt64) + Raw.little(0 as UInt64) + Raw.string("m"))
        },
    ]

    static let indexes: [Defect] = [
        Defect("two indexes of a chunk", "second index") { $0.chunkIndexes = 2 },
        Defect("index of no chunk", "no chunk lies") { $0.chunkIndexSkew.offset = 1 },
        Defect("index with wrong length", "says length") { $0.chunkIndexSkew.length = 1 },
        Defect("index with wrong start", "says start time") { $0.chunkIndexSkew.start = 1 },
        Defect("index with wrong end", "says end time") { $0.chunkIndexSkew.end = 1 },
        Defect("index with wrong packing", "says compression") { $0.chunkIndexSkew.compression = "lz4" },
        Defect("index with wrong packed size", "says compressed size") { $0.chunkIndexSkew.compressed = 1 },
        Defect("index with wrong size", "says uncompressed size") { $0.chunkIndexSkew.uncompressed = 1 },
        Defect("index with wrong index length", "says message index length") { $0.chunkIndexSkew.indexLength = 1 },
        Defect("index without message index", "no message index of channel 1 lies") {
            $0.chunkIndexSkew.indexOffset = 1
        },
        Defect("message index with wrong time", "is wrong from entry 0") { $0.messageIndexSkew.time = 1 },
        Defect("message index with wrong place", "is wrong from entry 0") { $0.messageIndexSkew.offset = 1 },
        Defect("message index with too few", "1 of the chunk's 2 messages") { $0.messageIndexCount = 1 },
        Defect("two statistics", "second Statistics") { $0.statisticsRecords = 2 },
        Defect("wrong message count", "say 3 messages") { $0.statisticsCount = 3 },
        Defect("wrong first time", "say 11 as start time") { $0.statisticsStart = 11 },
        Defect("wrong last time", "say 21 as end time") { $0.statisticsEnd = 21 },
        Defect("attachment index of nothing", "not what lies there") {
            $0.extraInSummary = Raw.record(
                0x0A, [UInt8](repeating: 0, count: 40) + Raw.string("a") + Raw.string("text/plain"))
        },
        Defect("metadata index of nothing", "not what lies there") {
            $0.extraInSummary = Raw.record(0x0D, [UInt8](repeating: 0, count: 16) + Raw.string("a"))
        },
        Defect("summary offset of other records", "covers a record") {
            $0.extraInSummary = Raw.record(0x0E, [0x08] + Raw.little(8 as UInt64) + Raw.little(26 as UInt64))
        },
        Defect("summary offset outside", "outside of the file") {
            $0.extraInSummary = Raw.record(0x0E, [0x08] + Raw.little(9999 as UInt64) + Raw.little(26 as UInt64))
        },
    ]

    static let ends: [Defect] = [
        Defect("no end of data", "no DataEnd") { $0.dataEnd = nil },
        Defect("no footer", "no Footer") { $0.hasFooter = false },
        Defect("wrong checksum of a chunk", "chunk whose checksum") { $0.chunkChecksum = 1 },
        Defect("wrong checksum of the data", "checksum of the data section") {
            $0.dataEnd = Raw.record(0x0F, Raw.little(1 as UInt32))
        },
        Defect("wrong checksum of the summary", "summary's checksum") { $0.summaryChecksum = 1 },
        Defect("wrong checksum of an attachment", "its checksum is wrong") {
            $0.extraData = Raw.record(
                0x09,
                [UInt8](repeating: 0, count: 16) + Raw.string("a") + Raw.string("b") + Raw.little(1 as UInt64) + [7]
                    + Raw.little(1 as UInt32))
        },
    ]

    @Test("A chunk that cannot be unpacked is found")
    func unreadableChunk() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.mcap")
        try SampleRecording.write(SampleRecording.messages(count: 30), to: path)
        var bytes = try folder.read("a.mcap")
        let chunk = try #require(MCAPReader(path: path).index.chunks.first)
        bytes[chunk.offset + chunk.length - chunk.compressedSize] ^= 0xFF
        let findings = try MCAPDoctor.examine(folder.write(bytes, "b.mcap")).findings
        #expect(findings.contains { $0.severity == .error && $0.detail.contains("can be unpacked") })
    }

    @Test("A file of something else is refused in one line")
    func somethingElse() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("this is a text file, not a recording".utf8), "a.txt")
        #expect(
            throws: RecordingError.damagedRecording(
                path: path, offset: 0, detail: "it does not begin like an MCAP file")
        ) {
            try MCAPReader(path: path)
        }
        #expect(try MCAPDoctor.examine(path).hasErrors)
    }
}
