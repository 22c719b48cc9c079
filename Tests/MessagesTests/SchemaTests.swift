import Foundation
import Messages
import SwiftProtobuf
import Testing

/// The schemas as files: what they promise to people.
@Suite("schemas")
struct SchemaTests {
    /// The folder of the schemas, from this file's place in the package.
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/Messages/Schemas/sightline").standardizedFileURL

    private static let names: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".proto") }.sorted()
    }()

    private func lines(_ name: String) throws -> [String] {
        try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// A field's name and its comment, or an enumeration's value and its.
    private struct Entry {
        var name: String
        var comment: String
    }

    private func entries(_ name: String) throws -> [Entry] {
        var comment = ""
        var entries: [Entry] = []
        for line in try lines(name) {
            if line.hasPrefix("//") {
                comment += String(line.dropFirst(2))
                continue
            }
            if line.hasSuffix(";"), let equals = line.range(of: " = "), !line.hasPrefix("syntax") {
                let words = line[..<equals.lowerBound].split(separator: " ")
                entries.append(Entry(name: String(words.last ?? ""), comment: comment))
            }
            comment = ""
        }
        return entries
    }

    @Test("there are schemas, and all kinds of messages are among them")
    func found() throws {
        #expect(Self.names.count >= 9)
        for kind in MessageKind.allCases { #expect(Self.names.contains(kind.topic + ".proto")) }
    }

    @Test("every field and every value of an enumeration says what it means", arguments: names)
    func comments(name: String) throws {
        let entries = try entries(name)
        #expect(!entries.isEmpty)
        for entry in entries { #expect(entry.comment.count > 4, "\(name): \(entry.name) has no comment") }
    }

    @Test("every message and enumeration says what it is", arguments: names)
    func headings(name: String) throws {
        let lines = try lines(name)
        for (index, line) in lines.enumerated() where line.hasPrefix("message ") || line.hasPrefix("enum ") {
            #expect(index > 0 && lines[index - 1].hasPrefix("//"), "\(name): \(line) has no comment")
        }
    }

    @Test("a time, length or speed names its unit, and a position its frame of reference", arguments: names)
    func units(name: String) throws {
        let units = ["_ns", "_m", "_m_s", "_rad", "_px", "_px_s"]
        for entry in try entries(name) {
            for word in ["time", "age", "duration", "distance", "velocity"]
            where entry.name.split(separator: "_").contains(Substring(word)) {
                #expect(units.contains { entry.name.hasSuffix($0) }, "\(name): \(entry.name) has no unit in its name")
            }
            // A metre is measured from somewhere, in some direction.
            guard entry.name.hasSuffix("_m"), !entry.name.contains("_sd_"), !entry.name.contains("width") else {
                continue
            }
            let references = ["axes", "vehicle", "ground", "boundary", "polynomial", "camera"]
            #expect(
                references.contains { entry.comment.contains($0) }, "\(name): \(entry.name) has no frame of reference")
        }
    }
}

/// What a newer publisher adds, an older reader skips.
@Suite("messages of a newer version")
struct NewerVersionTests {
    /// Fields that no version of the schemas has yet, of every wire type.
    private func unknownFields() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = bytes.withUnsafeMutableBytes { buffer in
            var writer = ProtobufWriter(buffer)
            writer.presentUnsigned(1000, .max)
            writer.presentFloat(1001, 1.5)
            writer.presentString(1002, "a field of the future")
            writer.message(1003) { inner in
                inner.presentUnsigned(1, 7)
                inner.presentString(2, "nested")
            }
            return writer.count
        }
        // A fixed64, which the writer has no use for: field 1004, wire type 1.
        return Array(bytes[..<count]) + [0xE1, 0x3E] + [1, 2, 3, 4, 5, 6, 7, 8]
    }

    private func decoded(_ kind: MessageKind, _ bytes: [UInt8]) throws -> String {
        let envelope = MessageEnvelope(
            publisher: "p", topic: kind.topic, sequence: 1, droppedBefore: 0, isRetained: false, publishTime: 1,
            receiveTime: 2)
        let message = try DecodedMessage(kind, serializedBytes: bytes)
        return message.json(envelope).text + message.text(envelope)
    }

    @Test("unknown fields at the end of a message change nothing", arguments: MessageKind.allCases)
    func atTheEnd(kind: MessageKind) throws {
        let header = try Sightline_Header.with { $0.camera = "front" }.serializedBytes() as [UInt8]
        let known: [UInt8] = [0x0A, UInt8(header.count)] + header
        #expect(try decoded(kind, known + unknownFields()) == decoded(kind, known))
        #expect(try decoded(kind, unknownFields() + known) == decoded(kind, known))
    }

    @Test("unknown fields inside nested messages change nothing")
    func nested() throws {
        let object = try Sightline_Detection.with { $0.label = "car" }.serializedBytes() as [UInt8]
        func message(_ object: [UInt8]) -> [UInt8] { [0x3A, UInt8(object.count)] + object }
        let newer = object + unknownFields()
        #expect(newer.count < 128)
        #expect(try decoded(.detections, message(newer)) == decoded(.detections, message(object)))
    }

    @Test("a reader that passes a message on passes on what it does not know")
    func passedOn() throws {
        let bytes = unknownFields()
        #expect(try Sightline_Frame(serializedBytes: bytes).serializedBytes() == bytes)
    }

    @Test("a value of an enumeration that is not known is shown by its number")
    func enumerations() throws {
        // Frame.pixel_format = 99, Log.level = 98.
        #expect(try decoded(.frame, [0x40, 99]).contains("format_99"))
        #expect(try decoded(.log, [0x10, 98]).contains("level_98"))
    }
}
