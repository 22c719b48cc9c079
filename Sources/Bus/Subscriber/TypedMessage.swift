import Messages
import SwiftProtobuf

/// A message with its content decoded.
public struct TypedMessage<Content: SwiftProtobuf.Message & Sendable>: Sendable {
    /// Topic, sequence, losses and times.
    public var envelope: MessageEnvelope
    public var content: Content
    /// The shared memory that the message announces; nil for messages without.
    public var frame: FrameLease?

    /// Nil for a message of another schema.
    ///
    /// - Throws: ``BusError/protocolViolation(peer:detail:)`` when the bytes are not what the publisher says they are.
    init?(_ message: BusMessage) throws(BusError) {
        guard message.typeName == Content.protoMessageName else { return nil }
        envelope = message.envelope
        frame = message.frame
        do {
            content = try message.decode(Content.self)
        } catch {
            throw .protocolViolation(peer: message.envelope.publisher, detail: error.description)
        }
    }
}
