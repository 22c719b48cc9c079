import Foundation
import Recording
import Testing

@Suite("Recordings in several files")
struct RecordingWriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var context: RecordingContext {
        var context = RecordingContext()
        context.attachments = [MCAPAttachment(name: "camera.yaml", mediaType: "application/yaml", data: [1, 2, 3])]
        context.metadata = [MCAPMetadata(name: "models", values: ["detection": "abc"])]
        context.latched = [
            LatchedMessage(
                topic: "camera/calibration",
                schema: MCAPSchema(id: 0, name: "foxglove.CameraCalibration", encoding: "protobuf", data: [9]),
                data: [7, 7])
        ]
        return context
    }

    private func write(_ writer: RecordingWriter, _ channel: UInt16, _ index: Int, bytes: Int = 100) {
        let data = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: bytes)
        data.withUnsafeBytes {
            writer.write(
                channel: channel, sequence: UInt64(index), logTime: Int64(index) * 100_000_000, publishTime: 0,
                now: Int64(index) * 100_000_000, data: $0)
        }
    }

    @Test("Each file can be read alone: definitions, attachments and calibration are repeated")
    func segments() throws {
        var options = RecordingOptions()
        options.segmentDuration = 1_000_000_000
        let writer = try RecordingWriter(path: folder.file("drive.mcap"), options: options, context: context)
        let schema = writer.addSchema(name: "T", encoding: "jsonschema", data: [1])
        let channel = writer.addChannel(topic: "t", schema: schema, encoding: "json")
        for index in 0..<35 { write(writer, channel, index) }
        writer.close()
        #expect(writer.condition.files == 4)
        #expect(writer.condition.problem == nil)
        var numbers: [UInt32] = []
        for name in ["drive.mcap", "drive-2.mcap", "drive-3.mcap", "drive-4.mcap"] {
            let reader = try MCAPReader(path: folder.file(name))
            #expect(reader.isComplete)
            #expect(reader.index.attachments.map(\.name) == ["camera.yaml"])
            #expect(reader.index.metadata.map(\.name) == ["models"])
            let messages = try SampleRecording.read(reader)
            #expect(messages.first?.topic == "camera/calibration")
            numbers += messages.filter { $0.topic == "t" }.map(\.sequence)
            #expect(try MCAPDoctor.examine(folder.file(name)).findings == [])
        }
        #expect(numbers == (0..<35).map { UInt32($0) })
    }

    @Test("A file does not grow beyond its size")
    func sizes() throws {
        var options = RecordingOptions()
        options.mcap.compression = .none
        options.mcap.chunkBytes = 10_000
        options.segmentBytes = 50_000
        let writer = try RecordingWriter(path: folder.file("drive.mcap"), options: options)
        let channel = writer.addChannel(topic: "t", schema: 0, encoding: "raw")
        for index in 0..<100 { write(writer, channel, index, bytes: 3000) }
        writer.close()
        #expect(writer.condition.files > 5)
        #expect(writer.condition.messages == 100)
    }

    @Test("Losses are told in the recording")
    func gaps() throws {
        let writer = try RecordingWriter(path: folder.file("drive.mcap"))
        let channel = writer.addChannel(topic: "t", schema: 0, encoding: "raw")
        for index in 0..<5 { write(writer, channel, index) }
        writer.noteLoss(topic: "t", count: 12, logTime: 450_000_000, now: 450_000_000)
        for index in 5..<9 { write(writer, channel, index) }
        writer.close()
        let gaps = try RecordingGap.read(MCAPReader(path: folder.file("drive.mcap")))
        #expect(gaps == [RecordingGap(topic: "t", lost: 12, reason: "recording did not keep up", seconds: 0.45)])
        #expect(writer.condition.lostOnBus == 12)
    }

    @Test("Real time closes a chunk when log time does not")
    func flushing() throws {
        let writer = try RecordingWriter(path: folder.file("drive.mcap"))
        let channel = writer.addChannel(topic: "t", schema: 0, encoding: "raw")
        write(writer, channel, 0)
        writer.tick(now: 500_000_000)
        #expect(try MCAPReader(path: folder.file("drive.mcap.active")).index.chunks.isEmpty)
        writer.tick(now: 1_100_000_000)
        #expect(try MCAPReader(path: folder.file("drive.mcap.active")).index.chunks.count == 1)
        writer.close()
    }

    @Test("Times never go back")
    func order() throws {
        let writer = try RecordingWriter(path: folder.file("drive.mcap"))
        let channel = writer.addChannel(topic: "t", schema: 0, encoding: "raw")
        for index in [3, 1, 2, 5, 4] { write(writer, channel, index) }
        writer.close()
        let messages = try SampleRecording.read(folder.file("drive.mcap"))
        #expect(messages.map(\.sequence) == [3, 1, 2, 5, 4])
        #expect(messages.map(\.logTime) == [3, 3, 3, 5, 5].map { $0 * 100_000_000 })
    }
}
