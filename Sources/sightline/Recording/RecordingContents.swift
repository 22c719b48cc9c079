import Messages
import Recording
import Runtime

/// What `recording info` says about a file.
struct RecordingContents {
    private let reader: MCAPReader
    private let topics: [Topic]
    private let gaps: [RecordingGap]

    private struct Topic {
        var name: String
        var count: UInt64
        var schema: String
        var encoding: String
    }

    init(_ reader: MCAPReader) throws(RecordingError) {
        self.reader = reader
        let counts = reader.index.statistics?.channelMessageCounts ?? [:]
        var topics: [String: Topic] = [:]
        for channel in reader.index.channels.values.sorted(by: { $0.id < $1.id }) {
            var topic =
                topics[channel.topic]
                ?? Topic(
                    name: channel.topic, count: 0, schema: reader.index.schema(of: channel)?.name ?? "",
                    encoding: channel.messageEncoding)
            topic.count += counts[channel.id] ?? 0
            topics[channel.topic] = topic
        }
        self.topics = topics.values.sorted { $0.name < $1.name }
        gaps = try RecordingGap.read(reader)
    }

    private var duration: Double {
        reader.index.timeRange.map { Double($0.upperBound - $0.lowerBound) * 1e-9 } ?? 0
    }

    private var messages: UInt64 {
        reader.index.statistics?.messageCount ?? topics.reduce(0) { $0 + $1.count }
    }

    private var compressions: [String] {
        let sizes = reader.index.chunks.reduce(into: [String: Int]()) { $0[$1.compression, default: 0] += 1 }
        return sizes.keys.sorted().map { "\($0.isEmpty ? "none" : $0): \(sizes[$0] ?? 0)" }
    }

    var json: JSONValue {
        let index = reader.index
        let topics = topics.map { topic in
            JSONValue.Member(
                topic.name,
                .object([
                    .init("count", .unsigned(UInt64(clamping: topic.count))), .init("schema", .string(topic.schema)),
                    .init("encoding", .string(topic.encoding)),
                ])
            )
        }
        let gaps = gaps.map { gap in
            JSONValue.object([
                .init("topic", .string(gap.topic)), .init("lost", .signed(gap.lost)),
                .init("at_s", .number(gap.seconds)),
                .init("reason", .string(gap.reason)),
            ])
        }
        return .object([
            .init("file", .string(reader.path)), .init("complete", .boolean(reader.isComplete)),
            .init("problem", reader.summaryProblem.map { .string($0.description) } ?? .null),
            .init("bytes", .signed(Int64(reader.byteCount))), .init("duration_s", .number(duration)),
            .init("start_time_ns", .unsigned(UInt64(clamping: index.timeRange?.lowerBound ?? 0))),
            .init("messages", .unsigned(UInt64(clamping: messages))),
            .init("chunks", .signed(Int64(index.chunks.count))),
            .init("topics", .object(topics)), .init("gaps", .array(gaps)),
            .init("attachments", .array(index.attachments.map { .string($0.name) })),
            .init("metadata", .array(index.metadata.map { .string($0.name) })),
        ])
    }

    var text: String {
        let index = reader.index
        var lines = [
            "\(reader.path): \(reader.isComplete ? "complete" : "not complete"), \(messages) messages in "
                + "\(fixedDecimal(duration, digits: 1)) s, \(fixedDecimal(Double(reader.byteCount) / 1e6, digits: 1)) MB, "
                + "\(index.chunks.count) chunks (\(compressions.joined(separator: ", ")))"
        ]
        if let problem = reader.summaryProblem {
            lines.append("read without its summary (\(problem)); `sightline recording recover` writes a complete file")
        }
        let rows = topics.map { topic in
            [
                "\(topic.count)", duration > 0 ? fixedDecimal(Double(topic.count) / duration, digits: 1) : "",
                topic.name,
                topic.schema.isEmpty ? topic.encoding : topic.schema,
            ]
        }
        lines += TextTable(rows: [["messages", "per second", "topic", "schema"]] + rows, rightAligned: 2).lines
        if !index.attachments.isEmpty {
            lines.append("attachments: " + index.attachments.map(\.name).joined(separator: ", "))
        }
        for (topic, lost) in Dictionary(gaps.map { ($0.topic, $0.lost) }, uniquingKeysWith: +).sorted(by: {
            $0.key < $1.key
        }) {
            lines.append("\(lost) messages of \(topic) were lost while recording")
        }
        return lines.joined(separator: "\n")
    }
}
