import Platform
import Synchronization

/// The events of topics as an async sequence.
///
///     for try await event in BusEvents(["detections"]) {
///         if case .message(let message) = event { ... }
///     }
///
/// There is no buffer besides the publisher's queue: an event is fetched when the loop asks for it. Each iterator is a
/// subscriber of its own with a thread that waits on the sockets. Cancelling the task ends the sequence.
public struct BusEvents: AsyncSequence, Sendable {
    public typealias Element = BusEvent
    public typealias Failure = BusError

    private let topics: [TopicRequest]
    private let options: BusSubscriberOptions

    public init(_ topics: [TopicRequest], options: BusSubscriberOptions = BusSubscriberOptions()) {
        self.topics = topics
        self.options = options
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(pump: Result { () throws(BusError) in try EventPump(topics, options: options) })
    }

    public struct Iterator: AsyncIteratorProtocol {
        let pump: Result<EventPump, BusError>

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(BusError) -> BusEvent? {
            let pump = try pump.get()
            return try await pump.next(isolation: actor).get()
        }
    }
}
