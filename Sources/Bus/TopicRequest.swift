/// What a subscriber asks of one topic.
public struct TopicRequest: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The topic's name, `*` for every topic, or a name that ends in `/*` for every topic under it.
    public var topic: String
    /// What happens while the subscriber does not keep up.
    public var queue: QueuePolicy
    /// How many values from before the subscription are wanted, as far as the publisher keeps them. Retained topics give
    /// their last one in any case.
    public var history: Int

    public init(_ topic: String, queue: QueuePolicy = .latest, history: Int = 0) {
        self.topic = topic
        self.queue = queue
        self.history = history
    }

    public init(stringLiteral topic: String) {
        self.init(topic)
    }

    /// Whether a topic of this name is asked for.
    func matches(_ name: String) -> Bool {
        if topic == "*" || topic == name { return true }
        return topic.hasSuffix("/*") && name.hasPrefix(topic.dropLast())
    }
}
