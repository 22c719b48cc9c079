import Messages
import SwiftProtobuf

/// A message as a subscriber receives it.
public struct BusMessage: Sendable {
    /// Topic, sequence, losses and times.
    public var envelope: MessageEnvelope
    /// The publisher's start that the sequence counts from.
    public var session: UInt64
    /// Full name of the schema; empty when the publisher did not say.
    public var typeName: String
    /// The serialised message.
    public var payload: [UInt8]
    /// The shared memory that the message announces; nil for messages without.
    public var frame: FrameLease?

    public var topic: String { envelope.topic }
    public var sequence: UInt64 { envelope.sequence }
    /// Messages of this topic lost immediately before this one.
    public var droppedBefore: UInt64 { envelope.droppedBefore }
    /// True for a value from before the subscription.
    public var isRetained: Bool { envelope.isRetained }

    /// The message as a type of your own choice.
    public func decode<Content: SwiftProtobuf.Message>(_ type: Content.Type) throws(MessageError) -> Content {
        do {
            return try Content(serializedBytes: payload)
        } catch {
            throw .malformed(typeName: Content.protoMessageName, byteCount: payload.count, detail: "\(error)")
        }
    }

    /// The message if it is of one of Sightline's schemas; nil for others.
    public func decoded() throws(MessageError) -> DecodedMessage? {
        guard let kind = MessageKind(typeName: typeName) else { return nil }
        return try DecodedMessage(kind, serializedBytes: payload)
    }
}
