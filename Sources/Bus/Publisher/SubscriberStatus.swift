/// How one subscriber of a publisher is doing.
public struct SubscriberStatus: Sendable, Equatable {
    /// Number of the connection, another one for every connection of this publisher.
    public var connection: UInt64
    /// What the subscriber calls itself.
    public var name: String
    public var process: Int32
    public var user: UInt32
    /// Names of its topics.
    public var topics: [String]
    /// Messages that went to its socket.
    public var sent: UInt64
    /// Messages that it lost because it did not keep up.
    public var dropped: UInt64
    /// Messages of topics of which it wants the latest one only, in whose place it got a newer one. No loss: it asked for it.
    public var replaced: UInt64
    /// Frames in shared memory that it holds at this moment.
    public var framesHeld: Int
}
