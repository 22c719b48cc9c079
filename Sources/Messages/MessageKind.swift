/// The topics that Sightline publishes; each has one schema.
public enum MessageKind: String, CaseIterable, Sendable {
    case detections
    case tracks
    case road
    case timing
    case pairs
    case health
    case log
    case frame

    /// The topic's usual name; with several cameras the runtime puts `CAMERA/` in front.
    public var topic: String { rawValue }

    /// Full name of the schema, such as `sightline.Detections`.
    public var typeName: String {
        switch self {
        case .detections: Sightline_Detections.protoMessageName
        case .tracks: Sightline_Tracks.protoMessageName
        case .road: Sightline_Road.protoMessageName
        case .timing: Sightline_Timing.protoMessageName
        case .pairs: Sightline_Pairs.protoMessageName
        case .health: Sightline_Health.protoMessageName
        case .log: Sightline_Log.protoMessageName
        case .frame: Sightline_Frame.protoMessageName
        }
    }

    /// The kind whose schema has this full name.
    public init?(typeName: String) {
        guard let kind = Self.allCases.first(where: { $0.typeName == typeName }) else { return nil }
        self = kind
    }
}
