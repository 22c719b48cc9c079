/// What a subscriber learns.
public enum BusEvent: Sendable {
    case message(BusMessage)
    /// A publisher accepted the subscription. `isRestart` when one of the same name had been connected before and this is
    /// another start of it: sequences begin anew.
    case connected(PublisherInfo, isRestart: Bool)
    /// The connection ended. The subscriber goes on looking for the publisher.
    case disconnected(publisher: String, DisconnectReason)
    /// A connected publisher has a new topic.
    case topicAdded(publisher: String, TopicInfo)
}
