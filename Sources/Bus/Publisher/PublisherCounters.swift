/// What a publisher counted since its start.
public struct PublisherCounters: Sendable, Equatable {
    public var accepted: UInt64 = 0
    /// Connections that were turned away: not allowed, too many, or too slow to say what they want.
    public var refused: UInt64 = 0
    /// Connections that were closed because of what they sent.
    public var violations: UInt64 = 0
    /// Subscribers that hung up or were hung up on.
    public var ended: UInt64 = 0
}
