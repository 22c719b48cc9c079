import Recording
import TestSupport

/// Small recordings with known content.
enum SampleRecording {
    struct Message: Hashable {
        var topic: String
        var sequence: UInt32
        var logTime: UInt64
        var data: [UInt8]
    }

    /// Messages of two topics: text that packs well, and noise that does not.
    static func messages(count: Int, seed: UInt64 = 1, noiseBytes: Int = 40) -> [Message] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let isText = index % 3 != 2
            let data: [UInt8] =
                isText
                ? Array("message \(index) of a recording, which packs well well well".utf8)
                : (0..<noiseBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
            return Message(
                topic: isText ? "text" : "noise", sequence: UInt32(index / 3 * 2 + index % 3),
                logTime: 1_000_000_000 + UInt64(index) * 10_000_000, data: data)
        }
    }

    static let topics = ["text", "noise"]

    /// Writes messages with an attachment and a metadata record in the middle.
    @discardableResult
    static func write(
        _ messages: [Message], to path: String, options: MCAPWriterOptions = .init(), closes: Bool = true
    ) throws -> MCAPWriter {
        let writer = try MCAPWriter(path: path, options: options)
        // rosbags asks for ROS's own schemas.
        let isROS = options.profile == "ros2"
        writer.define(
            MCAPSchema(id: 1, name: "Text", encoding: isROS ? "ros2msg" : "jsonschema", data: Array("{}".utf8)))
        writer.define(MCAPChannel(id: 1, schemaID: 1, topic: "text", messageEncoding: "json", metadata: ["a": "b"]))
        writer.define(MCAPChannel(id: 2, schemaID: 0, topic: "noise", messageEncoding: "raw"))
        for (index, message) in messages.enumerated() {
            if index == messages.count / 2 {
                try writer.write(
                    MCAPAttachment(name: "notes.txt", mediaType: "text/plain", data: Array("a note".utf8), logTime: 7))
                try writer.write(MCAPMetadata(name: "about", values: ["vehicle": "one", "weather": "rain"]))
            }
            try writer.write(
                channel: message.topic == "text" ? 1 : 2, sequence: message.sequence, logTime: message.logTime,
                publishTime: message.logTime + 5, byteCount: message.data.count
            ) { $0.copyBytes(from: message.data) }
        }
        if closes { try writer.close() } else { try writer.flush() }
        return writer
    }

    /// All messages that a reader gives.
    static func read(_ reader: MCAPReader, _ selection: MCAPSelection = .init()) throws -> [Message] {
        let messages = reader.messages(selection)
        var result: [Message] = []
        while let message = try messages.next() {
            result.append(
                Message(
                    topic: reader.index.channels[message.channelID]?.topic ?? "?", sequence: message.sequence,
                    logTime: message.logTime, data: [UInt8](message.data)))
        }
        return result
    }

    static func read(_ path: String) throws -> [Message] { try read(MCAPReader(path: path)) }
}
