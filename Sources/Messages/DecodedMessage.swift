import SwiftProtobuf

/// A message of one of Sightline's own schemas.
public enum DecodedMessage: Sendable, Equatable {
    case detections(Sightline_Detections)
    case tracks(Sightline_Tracks)
    case road(Sightline_Road)
    case timing(Sightline_Timing)
    case pairs(Sightline_Pairs)
    case health(Sightline_Health)
    case log(Sightline_Log)
    case frame(Sightline_Frame)

    /// Decodes bytes that a publisher sent or a recording holds.
    public init(_ kind: MessageKind, serializedBytes bytes: [UInt8]) throws(MessageError) {
        do {
            self =
                switch kind {
                case .detections: .detections(try Sightline_Detections(serializedBytes: bytes))
                case .tracks: .tracks(try Sightline_Tracks(serializedBytes: bytes))
                case .road: .road(try Sightline_Road(serializedBytes: bytes))
                case .timing: .timing(try Sightline_Timing(serializedBytes: bytes))
                case .pairs: .pairs(try Sightline_Pairs(serializedBytes: bytes))
                case .health: .health(try Sightline_Health(serializedBytes: bytes))
                case .log: .log(try Sightline_Log(serializedBytes: bytes))
                case .frame: .frame(try Sightline_Frame(serializedBytes: bytes))
                }
        } catch {
            throw .malformed(typeName: kind.typeName, byteCount: bytes.count, detail: "\(error)")
        }
    }

    public var kind: MessageKind {
        switch self {
        case .detections: .detections
        case .tracks: .tracks
        case .road: .road
        case .timing: .timing
        case .pairs: .pairs
        case .health: .health
        case .log: .log
        case .frame: .frame
        }
    }

    public var header: Sightline_Header {
        switch self {
        case .detections(let message): message.header
        case .tracks(let message): message.header
        case .road(let message): message.header
        case .timing(let message): message.header
        case .pairs(let message): message.header
        case .health(let message): message.header
        case .log(let message): message.header
        case .frame(let message): message.header
        }
    }
}
