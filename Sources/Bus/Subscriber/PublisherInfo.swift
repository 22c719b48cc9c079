/// A publisher as it describes itself.
public struct PublisherInfo: Sendable, Equatable {
    public var name: String
    public var process: Int32
    /// Another number for every start.
    public var session: UInt64
    /// CLOCK_MONOTONIC nanoseconds at the publisher's start.
    public var startTime: Int64
    /// Subscribers that were connected at the moment of the answer, the asking one included.
    public var subscribers: Int
    public var topics: [TopicInfo]

    init(_ accept: Accept) {
        name = accept.publisher
        process = accept.process
        session = accept.session
        startTime = accept.startTime
        subscribers = Int(accept.connections)
        topics = accept.topics.map(TopicInfo.init)
    }
}
