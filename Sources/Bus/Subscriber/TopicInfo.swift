/// A topic as its publisher describes it.
public struct TopicInfo: Sendable, Equatable {
    public var name: String
    /// Full name of the messages' schema; may be empty.
    public var typeName: String
    public var isRetained: Bool
    /// Whether the messages announce frames in shared memory.
    public var sharesFrames: Bool
    /// Whether the connection that learned this receives the topic.
    public var isSubscribed: Bool
    /// Messages published so far.
    public var published: UInt64

    init(_ description: TopicDescription) {
        name = description.name
        typeName = description.typeName
        isRetained = description.flags & Wire.TopicFlag.retained != 0
        sharesFrames = description.flags & Wire.TopicFlag.frames != 0
        isSubscribed = description.flags & Wire.TopicFlag.subscribed != 0
        published = description.published
    }
}
