import Messages

extension TopicMeter {
    /// `hz`: rate and the spread of the time between messages.
    public var rateText: String {
        guard let rate, let summary = periods.summary else { return "\(topic): no messages yet" }
        return "\(topic): \(fixedDecimal(rate, digits: 2)) Hz, period \(spread(summary)) ms, "
            + "deviation \(fixedDecimal(summary.deviation, digits: 2)) ms, lost \(dropped)"
    }

    /// `bw`: bytes per second and per message.
    public var bandwidthText: String {
        guard let bandwidth, let summary = sizes.summary else { return "\(topic): no messages yet" }
        return "\(topic): \(byteText(bandwidth))/s, message mean \(byteText(summary.mean)), "
            + "min \(byteText(summary.minimum)), max \(byteText(summary.maximum)), lost \(dropped)"
    }

    /// `delay`: percentiles of publish-to-receive and capture-to-receive.
    public var delayText: String {
        guard let bus = publishToReceive.summary else { return "\(topic): no messages yet" }
        var text = "\(topic): publish to receive \(spread(bus)) ms"
        if let capture = captureToReceive.summary { text += "; capture to receive \(spread(capture)) ms" }
        return text + "; \(bus.count) messages, lost \(dropped)"
    }

    /// All three as one JSON object.
    public var json: JSONValue {
        .object([
            .init("topic", .string(topic)),
            .init("messages", .unsigned(messages)),
            .init("dropped", .unsigned(dropped)),
            .init("seconds", .number(seconds)),
            .init("hz", rate.map(JSONValue.number) ?? .null),
            .init("bytes_per_s", bandwidth.map(JSONValue.number) ?? .null),
            .init("bytes_per_message", sizes.summary?.json ?? .null),
            .init("period_ms", periods.summary?.json ?? .null),
            .init("publish_to_receive_ms", publishToReceive.summary?.json ?? .null),
            .init("capture_to_receive_ms", captureToReceive.summary?.json ?? .null),
        ])
    }

    private func spread(_ summary: SampleSummary) -> String {
        let values = [("p50", summary.median), ("p90", summary.p90), ("p99", summary.p99), ("max", summary.maximum)]
        return values.map { "\($0.0) \(fixedDecimal($0.1, digits: 3))" }.joined(separator: " ")
    }

    private func byteText(_ bytes: Double) -> String {
        if bytes >= 1e6 { return fixedDecimal(bytes / 1e6, digits: 2) + " MB" }
        if bytes >= 1e3 { return fixedDecimal(bytes / 1e3, digits: 2) + " kB" }
        return fixedDecimal(bytes, digits: 0) + " B"
    }
}

extension SampleSummary {
    /// The statistics under their usual short names.
    public var json: JSONValue {
        .object([
            .init("count", .signed(Int64(count))),
            .init("mean", .number(mean)),
            .init("min", .number(minimum)),
            .init("p50", .number(median)),
            .init("p90", .number(p90)),
            .init("p99", .number(p99)),
            .init("p999", .number(p999)),
            .init("max", .number(maximum)),
        ])
    }
}
