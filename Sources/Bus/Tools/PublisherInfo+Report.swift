import Messages
import Platform

extension PublisherInfo {
    /// `topics`: a line per topic under a line for the publisher.
    public var text: String {
        let uptime = Double(MonotonicTime.now.nanoseconds &- startTime) / 1e9
        // The asking connection is no subscriber.
        let others = max(subscribers - 1, 0)
        var lines = [
            "\(name)  process \(process), up \(fixedDecimal(uptime, digits: 0)) s, "
                + "\(others) subscriber\(others == 1 ? "" : "s")"
        ]
        let width = topics.map(\.name.count).max() ?? 0
        for topic in topics {
            let padding = String(repeating: " ", count: width - topic.name.count)
            var line = "  \(topic.name)\(padding)  \(topic.typeName)  \(topic.published) published"
            if topic.isRetained { line += ", retained" }
            if topic.sharesFrames { line += ", shared memory" }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }

    public var json: JSONValue {
        .object([
            .init("publisher", .string(name)),
            .init("process", .signed(Int64(process))),
            .init("session", .string(String(session, radix: 16))),
            .init("uptime_s", .number(Double(MonotonicTime.now.nanoseconds &- startTime) / 1e9)),
            .init("subscribers", .signed(Int64(max(subscribers - 1, 0)))),
            .init("topics", .array(topics.map(\.json))),
        ])
    }
}

extension TopicInfo {
    public var json: JSONValue {
        .object([
            .init("name", .string(name)),
            .init("type", .string(typeName)),
            .init("published", .unsigned(published)),
            .init("retained", .boolean(isRetained)),
            .init("shared_memory", .boolean(sharesFrames)),
        ])
    }
}
