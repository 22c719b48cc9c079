import Foundation
import Platform
import Recording
import TestSupport
import Testing

/// Files that we write are read by other people's packages, and theirs by us, message for message.
@Suite("MCAP of others", .enabled(if: PythonScript.isAvailable, "\(PythonScript.absence)"))
struct ForeignMCAPTests {
    struct Digest: Decodable, Equatable {
        var counts: [String: Int]
        var sha256: String
        var attachments: [String]?
        var metadata: [String]?
        var statistics: Int?
        var streamed: String?
    }

    let folder: TemporaryFolder
    let script = PythonScript.path("foreign.py")

    init() throws { folder = try TemporaryFolder() }

    private func python(_ arguments: String...) throws -> Digest {
        try JSONDecoder().decode(Digest.self, from: PythonScript.run(script, arguments))
    }

    /// As foreign.py digests messages.
    private func digest(_ messages: [SampleRecording.Message]) -> Digest {
        var sha = SHA256()
        for message in messages {
            sha.update(Array(message.topic.utf8))
            sha.update(withUnsafeBytes(of: message.logTime.littleEndian) { [UInt8]($0) })
            sha.update(message.data)
        }
        return Digest(counts: Dictionary(messages.map { ($0.topic, 1) }, uniquingKeysWith: +), sha256: sha.finish())
    }

    @Test("The mcap package reads our files with all checksums", arguments: MCAPCompression.allCases)
    func mcapReadsOurs(compression: MCAPCompression) throws {
        let messages = SampleRecording.messages(count: 300)
        let path = folder.file("a.mcap")
        try SampleRecording.write(messages, to: path, options: .init(compression: compression, chunkBytes: 3000))
        let read = try python("read", path)
        let expected = digest(messages)
        #expect(read.counts == expected.counts)
        #expect(read.sha256 == expected.sha256)
        #expect(read.streamed == expected.sha256)
        #expect(read.statistics == 300)
        #expect(read.attachments == ["notes.txt"])
        #expect(read.metadata == ["about"])
    }

    @Test("The mcap package reads what recovery saved of a cut file")
    func mcapReadsRecovered() throws {
        let messages = SampleRecording.messages(count: 300)
        let path = folder.file("a.mcap")
        try SampleRecording.write(messages, to: path, options: .init(chunkBytes: 3000))
        truncate(path, off_t(try folder.read("a.mcap").count * 6 / 10))
        let report = try MCAPRecovery.recover(path, to: folder.file("b.mcap"))
        #expect(report.messages > 150)
        let read = try python("read", folder.file("b.mcap"))
        let expected = digest(Array(messages.prefix(Int(report.messages))))
        #expect(read.sha256 == expected.sha256)
        #expect(read.streamed == expected.sha256)
    }

    @Test("rosbags reads our files of ROS 2's profile")
    func rosbagsReadsOurs() throws {
        let messages = SampleRecording.messages(count: 100)
        let path = folder.file("a.mcap")
        try SampleRecording.write(messages, to: path, options: .init(chunkBytes: 2000, profile: "ros2"))
        let read = try python("read-ros2", path)
        #expect(read.sha256 == digest(messages).sha256)
    }

    @Test(
        "We read files of the mcap package and of foxglove-sdk: packed, loose, without any index",
        arguments: ["python-none", "python-lz4", "python-zstd", "python-loose", "python-bare", "foxglove"])
    func weReadTheirs(kind: String) throws {
        let path = folder.file("theirs.mcap")
        let expected = try python("write", kind, path)
        let read = digest(try SampleRecording.read(path))
        #expect(read.counts == expected.counts)
        #expect(read.sha256 == expected.sha256)
        #expect(try MCAPDoctor.examine(path).hasErrors == false)
    }

    @Test("We read bags of rosbags")
    func weReadRosbags() throws {
        let expected = try python("write", "rosbags", folder.file("bag"))
        #expect(digest(try SampleRecording.read(folder.file("bag/bag.mcap"))).sha256 == expected.sha256)
    }

    @Test("Recovery takes over files of others", arguments: ["python-lz4", "python-loose", "python-bare", "foxglove"])
    func recoversTheirs(kind: String) throws {
        let path = folder.file("theirs.mcap")
        let expected = try python("write", kind, path)
        let report = try MCAPRecovery.recover(path, to: folder.file("ours.mcap"))
        #expect(!report.isLossy)
        let read = try python("read", folder.file("ours.mcap"))
        #expect(read.sha256 == expected.sha256)
        #expect(read.streamed == expected.sha256)
    }
}
