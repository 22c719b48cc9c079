import Messages
import SwiftProtobuf

/// The messages of one schema as an async sequence of decoded values.
///
///     for try await message in BusMessages(Sightline_Detections.self, ["detections"]) {
///         print(message.envelope.droppedBefore, message.content.detections.count)
///     }
///
/// Messages of other schemas are passed over. As ``BusEvents`` otherwise, which also tells who comes and goes.
public struct BusMessages<Content: SwiftProtobuf.Message & Sendable>: AsyncSequence, Sendable {
    public typealias Element = TypedMessage<Content>
    public typealias Failure = BusError

    private let events: BusEvents

    public init(
        _ type: Content.Type, _ topics: [TopicRequest], options: BusSubscriberOptions = BusSubscriberOptions()
    ) {
        events = BusEvents(topics, options: options)
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(events: events.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        var events: BusEvents.Iterator

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(BusError) -> TypedMessage<Content>? {
            while let event = try await events.next(isolation: actor) {
                guard case .message(let message) = event else { continue }
                if let typed = try TypedMessage<Content>(message) { return typed }
            }
            return nil
        }
    }
}

extension BusListener {
    /// Receives the messages of one schema, decoded, on a thread of its own. Messages that are damaged or of other schemas are
    /// passed over.
    ///
    /// - Throws: as ``BusSubscriber/init(_:options:)``.
    public convenience init<Content: SwiftProtobuf.Message & Sendable>(
        _ type: Content.Type, _ topics: [TopicRequest], options: BusSubscriberOptions = BusSubscriberOptions(),
        handler: @escaping @Sendable (TypedMessage<Content>) -> Void
    ) throws(BusError) {
        try self.init(topics, options: options) { event in
            guard case .message(let message) = event, let typed = try? TypedMessage<Content>(message) else { return }
            handler(typed)
        }
    }
}
