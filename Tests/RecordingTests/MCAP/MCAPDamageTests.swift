import Foundation
import Glibc
import Recording
import TestSupport
import Testing

/// A recording that is cut or has wrong bits, at every byte: nothing crashes, and nothing is lost but what was hit.
@Suite("Damaged MCAP files")
struct MCAPDamageTests {
    let folder: TemporaryFolder
    let path: String
    let messages = SampleRecording.messages(count: 60)
    let original: [UInt8]
    let chunks: [MCAPChunkIndex]
    let dataEnd: Int

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("a.mcap")
        try SampleRecording.write(messages, to: path, options: .init(chunkBytes: 600))
        original = try folder.read("a.mcap")
        let reader = try MCAPReader(path: path)
        chunks = reader.index.chunks
        dataEnd = chunks.map { $0.offset + $0.length + $0.messageIndexLength }.max() ?? 0
        try #require(chunks.count >= 6)
        try #require(Set(chunks.map(\.compression)).count == 1)
    }

    /// Messages of chunks for which `isWhole` holds.
    func messages(where isWhole: (MCAPChunkIndex) -> Bool) -> Set<SampleRecording.Message> {
        let whole = chunks.filter(isWhole)
        return Set(messages.filter { message in whole.contains { $0.startTime...$0.endTime ~= message.logTime } })
    }

    @Test("Cut at any byte, all but the open chunk is read back")
    func truncation() throws {
        for length in stride(from: original.count - 1, through: 0, by: -1) {
            truncate(path, off_t(length))
            let expected = messages { $0.offset + $0.length <= length }
            guard length >= 8 else {
                #expect(throws: RecordingError.self) { try MCAPReader(path: path) }
                continue
            }
            let reader = try MCAPReader(path: path)
            #expect(!reader.isComplete)
            let read = try SampleRecording.read(reader)
            #expect(Set(read) == expected, "cut at \(length)")
            #expect(read.count == expected.count)
            #expect(try MCAPDoctor.examine(path).hasErrors)
        }
    }

    @Test("Cut at any byte, recovery makes a sound file and keeps what lies before the cut")
    func recoveryOfCutFiles() throws {
        let target = folder.file("recovered.mcap")
        for length in stride(from: original.count - 1, through: 9, by: -1) {
            truncate(path, off_t(length))
            let report = try MCAPRecovery.recover(path, to: target)
            let saved = try SampleRecording.read(target)
            let whole = messages { $0.offset + $0.length <= length }
            #expect(whole.isSubset(of: saved), "cut at \(length)")
            #expect(Set(saved).isSubset(of: messages), "cut at \(length)")
            #expect(saved.count == Int(report.messages))
            #expect(saved.count == whole.count + Int(report.salvaged))
            #expect(try MCAPDoctor.examine(target).findings == [], "cut at \(length)")
            #expect(report.isLossy || saved.count == whole.count)
            unlink(target)
        }
    }

    @Test("With a wrong bit in any byte, all but the chunk that was hit is read back")
    func wrongBits() throws {
        var generator = SeededGenerator(seed: 3)
        let file = open(path, O_WRONLY)
        defer { close(file) }
        for place in 8..<original.count {
            // Behind the data every bit: kinds of records there differ in few of them.
            let random = UInt8.random(in: 0..<8, using: &generator)
            for bit in place < dataEnd ? random...random : 0...7 {
                var byte = original[place] ^ (1 << bit)
                pwrite(file, &byte, 1, off_t(place))
                let expected = messages { !($0.offset..<$0.offset + $0.length + $0.messageIndexLength ~= place) }
                let read = try SampleRecording.read(path)
                #expect(expected.isSubset(of: read), "bit \(bit) of byte \(place)")
                #expect(Set(read).isSubset(of: messages), "bit \(bit) of byte \(place)")
                #expect(try MCAPDoctor.examine(path).findings.isEmpty == false, "bit \(bit) of byte \(place)")
                byte = original[place]
                pwrite(file, &byte, 1, off_t(place))
            }
        }
    }

    @Test("With a wrong bit in any byte, recovery makes a sound file without wrong messages")
    func recoveryOfWrongBits() throws {
        var generator = SeededGenerator(seed: 4)
        let target = folder.file("recovered.mcap")
        let file = open(path, O_WRONLY)
        defer { close(file) }
        for place in original.indices {
            var byte = original[place] ^ (1 << UInt8.random(in: 0..<8, using: &generator))
            pwrite(file, &byte, 1, off_t(place))
            let report = try MCAPRecovery.recover(path, to: target)
            let saved = try SampleRecording.read(target)
            let expected = messages { !($0.offset..<$0.offset + $0.length ~= place) }
            #expect(expected.isSubset(of: saved), "byte \(place)")
            #expect(Set(saved).isSubset(of: messages), "byte \(place)")
            #expect(report.isLossy || saved.count == messages.count, "byte \(place)")
            #expect(try MCAPDoctor.examine(target).hasErrors == false, "byte \(place)")
            unlink(target)
            byte = original[place]
            pwrite(file, &byte, 1, off_t(place))
        }
    }

    @Test("Stretches of noise in a file without an end cost only the chunks that they hit")
    func noise() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            var bytes = Array(original[..<dataEnd])
            // The first chunk has the definitions, and nothing repeats them without an end.
            let start = Int.random(in: chunks[1].offset..<bytes.count - 1, using: &generator)
            let noise = start..<min(bytes.count, start + Int.random(in: 1..<400, using: &generator))
            for place in noise { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
            _ = try folder.write(bytes, "noise.mcap")
            let read = try SampleRecording.read(folder.file("noise.mcap"))
            let expected = messages { !($0.offset..<$0.offset + $0.length + $0.messageIndexLength).overlaps(noise) }
            #expect(expected.isSubset(of: read), "noise at \(noise)")
            #expect(Set(read).isSubset(of: messages))
        }
    }

    @Test("Damaged chunks are kept when everything is wanted")
    func keepsDamaged() throws {
        let uncompressed = folder.file("plain.mcap")
        try SampleRecording.write(messages, to: uncompressed, options: .init(compression: .none, chunkBytes: 600))
        var bytes = try folder.read("plain.mcap")
        let chunk = try MCAPReader(path: uncompressed).index.chunks[2]
        bytes[chunk.offset + chunk.length - 1] ^= 1
        let damaged = try folder.write(bytes, "damaged.mcap")
        let strict = try MCAPRecovery.recover(damaged, to: folder.file("strict.mcap"))
        var options = MCAPRecovery.Options()
        options.keepsDamaged = true
        let lenient = try MCAPRecovery.recover(damaged, to: folder.file("lenient.mcap"), options: options)
        #expect(strict.isLossy && lenient.isLossy)
        #expect(lenient.messages == 60)
        #expect(strict.messages + strict.lostMessages == 60)
        #expect(strict.lostMessages > 0)
    }

    @Test("A chunk that claims to unpack to more than it does, or than is allowed, is refused")
    func decompressionBombs() throws {
        var options = MCAPLimits()
        options.chunkBytes = 100
        let reader = try MCAPReader(path: path, limits: options)
        let reading = reader.messages()
        #expect(try reading.next() == nil)
        #expect(reading.damage.count == chunks.count)
        // The size in the chunk and in the index: 2^40 bytes.
        var bytes = original
        let place = chunks[1].offset + 9 + 16
        bytes.replaceSubrange(place..<place + 8, with: [0, 0, 0, 0, 0, 1, 0, 0])
        let bomb = try folder.write(Array(bytes[..<dataEnd]), "bomb.mcap")
        let read = try SampleRecording.read(bomb)
        #expect(Set(read) == messages { $0.offset != chunks[1].offset })
    }
}

extension MCAPMessage: Equatable {
    public static func == (left: MCAPMessage, right: MCAPMessage) -> Bool {
        left.channelID == right.channelID && left.sequence == right.sequence && left.logTime == right.logTime
            && left.data.elementsEqual(right.data)
    }
}
