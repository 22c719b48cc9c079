import Foundation
import Recording
import Testing

@Suite("Writing and reading MCAP")
struct MCAPWriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("What was written is read back, whatever the packing", arguments: MCAPCompression.allCases)
    func roundTrip(compression: MCAPCompression) throws {
        let messages = SampleRecording.messages(count: 200)
        let path = folder.file("a.mcap")
        try SampleRecording.write(
            messages, to: path, options: .init(compression: compression, chunkBytes: 2000, chunkDuration: 300_000_000))
        let reader = try MCAPReader(path: path)
        #expect(reader.isComplete)
        #expect(try SampleRecording.read(reader) == messages)
        #expect(reader.index.statistics?.messageCount == 200)
        #expect(reader.index.chunks.count > 5)
        #expect(reader.index.channels[1]?.metadata == ["a": "b"])
        #expect(try MCAPDoctor.examine(path).findings == [])
    }

    @Test("A chunk is stored as it is when packing does not make it smaller")
    func storesNoise() throws {
        let messages = SampleRecording.messages(count: 60, noiseBytes: 4000).filter { $0.topic == "noise" }
        let path = folder.file("a.mcap")
        try SampleRecording.write(messages, to: path)
        #expect(try MCAPReader(path: path).index.chunks.allSatisfy { $0.compression == "" })
        #expect(try SampleRecording.read(path) == messages)
    }

    @Test("Chunks keep to their size and their time")
    func chunkLimits() throws {
        let path = folder.file("a.mcap")
        try SampleRecording.write(
            SampleRecording.messages(count: 300), to: path,
            options: .init(compression: .none, chunkBytes: 1500, chunkDuration: 100_000_000))
        for chunk in try MCAPReader(path: path).index.chunks {
            #expect(chunk.uncompressedSize <= 1500 + 200)
            #expect(chunk.endTime - chunk.startTime <= 100_000_000)
        }
    }

    @Test("The file has its own name only when it is complete")
    func activeName() throws {
        let path = folder.file("a.mcap")
        let messages = SampleRecording.messages(count: 30)
        let writer = try SampleRecording.write(messages, to: path, closes: false)
        #expect(!FileManager.default.fileExists(atPath: path))
        let open = try MCAPReader(path: path + ".active")
        #expect(!open.isComplete)
        #expect(try SampleRecording.read(open) == messages)
        try writer.close()
        #expect(!FileManager.default.fileExists(atPath: path + ".active"))
        #expect(try SampleRecording.read(path) == messages)
    }

    @Test("A file that is there, complete or in the making, is not overwritten")
    func keepsFiles() throws {
        let path = folder.file("a.mcap")
        let writer = try SampleRecording.write(SampleRecording.messages(count: 3), to: path, closes: false)
        #expect(throws: RecordingError.exists(path: path + ".active")) { try MCAPWriter(path: path) }
        try writer.close()
        #expect(throws: RecordingError.exists(path: path)) { try MCAPWriter(path: path) }
    }

    @Test("Attachments and metadata are found by the index")
    func attachments() throws {
        let path = folder.file("a.mcap")
        try SampleRecording.write(SampleRecording.messages(count: 20), to: path)
        let reader = try MCAPReader(path: path)
        let attachment = try reader.attachment(try #require(reader.index.attachments.first))
        #expect(attachment.name == "notes.txt")
        #expect(attachment.data == Array("a note".utf8))
        let metadata = try reader.metadata(try #require(reader.index.metadata.first))
        #expect(metadata.values == ["vehicle": "one", "weather": "rain"])
    }

    @Test("Times and topics select messages; only the chunks that have them are read")
    func selection() throws {
        let messages = SampleRecording.messages(count: 400)
        let path = folder.file("a.mcap")
        try SampleRecording.write(messages, to: path, options: .init(chunkBytes: 1200))
        let reader = try MCAPReader(path: path)
        let times: Range<UInt64> = 3_000_000_000..<3_200_000_000
        #expect(
            try SampleRecording.read(reader, .init(times: times, topics: ["noise"]))
                == messages.filter { times.contains($0.logTime) && $0.topic == "noise" })
        let from = reader.messages(.init(times: 3_000_000_000..<UInt64.max))
        _ = try from.next()
        #expect(from.chunksRead == 1)
        #expect(reader.index.chunks.count > 20)
    }

    @Test("Messages come in the order of their times, also from chunks that overlap")
    func order() throws {
        var generator = SystemRandomNumberGenerator()
        let messages = SampleRecording.messages(count: 200)
        let path = folder.file("a.mcap")
        try SampleRecording.write(
            messages.shuffled(using: &generator), to: path, options: .init(chunkBytes: 700, chunkDuration: .max / 2))
        #expect(try SampleRecording.read(path) == messages)
    }

    @Test("A recording that is empty is complete and sound")
    func empty() throws {
        let path = folder.file("a.mcap")
        try MCAPWriter(path: path).close()
        let reader = try MCAPReader(path: path)
        #expect(reader.isComplete)
        #expect(try SampleRecording.read(reader).isEmpty)
        #expect(try MCAPDoctor.examine(path).findings == [])
    }
}
