/// Which messages are wanted.
public struct MCAPSelection: Hashable, Sendable {
    /// Log time of the first wanted message, and the time before which the last one lies.
    public var times: Range<UInt64>
    /// Topics; nil for all. `*` at the end of one stands for anything.
    public var topics: [String]?

    public init(times: Range<UInt64> = 0..<UInt64.max, topics: [String]? = nil) {
        self.times = times
        self.topics = topics
    }

    public func includes(topic: String) -> Bool {
        guard let topics else { return true }
        return topics.contains { wanted in
            wanted == topic || (wanted.hasSuffix("*") && topic.hasPrefix(wanted.dropLast()))
        }
    }
}
