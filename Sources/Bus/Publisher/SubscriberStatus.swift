/// How one subscriber of a publisher is doing.
public struct SubscriberStatus: Sendable, Equatable {
    /// What the subscriber calls itself.
    public var name: String
    public var process: Int32
    public var user: UInt32
    /// Names of its topics.
    public var topics: [String]
    public var sent: UInt64
    public var dropped: UInt64
}
