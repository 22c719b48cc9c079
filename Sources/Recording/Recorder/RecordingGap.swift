import Messages

/// What a recording says about messages that are missing in it.
public struct RecordingGap: Hashable, Sendable {
    public var topic: String
    public var lost: Int64
    public var reason: String
    /// From the recording's start.
    public var seconds: Double

    public init(topic: String, lost: Int64, reason: String, seconds: Double) {
        self.topic = topic
        self.lost = lost
        self.reason = reason
        self.seconds = seconds
    }

    /// All gaps of a recording; reads only the chunks that tell of some.
    public static func read(_ reader: MCAPReader) throws(RecordingError) -> [RecordingGap] {
        let isThere = reader.index.channels.values.contains {
            $0.topic == RecordingWriter.gapTopic && $0.messageEncoding == "json"
        }
        guard isThere, let start = reader.index.timeRange?.lowerBound else { return [] }
        let messages = reader.messages(.init(topics: [RecordingWriter.gapTopic]))
        var gaps: [RecordingGap] = []
        while gaps.count < 100_000, let message = try messages.next() {
            guard let fields = GapText.parse(String(decoding: message.data, as: UTF8.self)) else { continue }
            gaps.append(
                RecordingGap(
                    topic: fields.topic, lost: fields.lost, reason: fields.reason,
                    seconds: Double(message.logTime &- start) / 1e9))
        }
        return gaps
    }
}

/// The JSON text of a gap, as ``RecordingWriter`` writes it.
enum GapText {
    static func make(topic: String, lost: UInt64, reason: String) -> String {
        "{\"topic\":\(quoted(topic)),\"lost\":\(lost),\"reason\":\(quoted(reason))}"
    }

    /// Takes the text apart again; nil for another one.
    static func parse(_ text: String) -> (topic: String, lost: Int64, reason: String)? {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        // {, topic, :, VALUE, ,, lost, :NUMBER,, reason, :, VALUE, }
        guard parts.count == 11, parts[1] == "topic", parts[5] == "lost", parts[7] == "reason",
            let lost = Int64(parts[6].drop { $0 == ":" }.prefix { $0.isNumber })
        else { return nil }
        return (String(parts[3]), lost, String(parts[9]))
    }

    /// Topics and reasons are plain text; what JSON cannot hold as it is, is replaced.
    private static func quoted(_ text: String) -> String {
        "\"" + String(text.map { $0 == "\"" || $0 == "\\" || ($0.asciiValue ?? 32) < 32 ? "_" : $0 }) + "\""
    }
}
