extension DecodedMessage {
    /// The object that `subscribe --json` prints: envelope and header first, then the message's own keys, in snake_case.
    public func json(_ envelope: MessageEnvelope) -> JSONValue {
        let header = self.header
        let age = Double(envelope.age(of: header)) / 1e6
        var members: [JSONValue.Member] = [
            .init("topic", .string(envelope.topic)),
            .init("publisher", .string(envelope.publisher)),
            .init("sequence", .unsigned(envelope.sequence)),
            .init("dropped_before", .unsigned(envelope.droppedBefore)),
            .init("retained", .boolean(envelope.isRetained)),
            .init("frame_id", .unsigned(header.frameID)),
            .init("camera", .string(header.camera)),
            .init("capture_time_ns", .signed(header.captureTimeNs)),
            .init("publish_time_ns", .signed(header.publishTimeNs)),
            .init("age_ms", .number((age * 1000).rounded() / 1000)),
        ]
        members += bodyJSON
        return .object(members)
    }

    /// The message's own keys alone.
    public var json: JSONValue { .object(bodyJSON) }

    private var bodyJSON: [JSONValue.Member] {
        switch self {
        case .detections(let message): message.jsonMembers
        case .tracks(let message): message.jsonMembers
        case .road(let message): [.init("road", message.json)]
        case .timing(let message): message.jsonMembers
        case .pairs(let message): message.jsonMembers
        case .health(let message): message.jsonMembers
        case .log(let message): message.jsonMembers
        case .frame(let message): message.jsonMembers
        }
    }
}

extension JSONValue {
    static func optional(_ isPresent: Bool, _ value: Float) -> JSONValue {
        isPresent ? .float(value) : .null
    }

    static func size(_ width: UInt32, _ height: UInt32) -> JSONValue {
        .array([.unsigned(UInt64(width)), .unsigned(UInt64(height))])
    }

    static func milliseconds(_ nanoseconds: Int64) -> JSONValue {
        .number(Double(nanoseconds) / 1e6)
    }
}

extension Sightline_Box {
    var json: JSONValue { .array([.float(x1), .float(y1), .float(x2), .float(y2)]) }
}

extension Sightline_Plan {
    /// The plan in the words of the command line.
    public var name: String {
        switch self {
        case .full: "full"
        case .cheaperVariant: "cheaper_variant"
        case .carried: "carried"
        case .skipped: "skipped"
        case .stopped: "stopped"
        case .UNRECOGNIZED(let value): "plan_\(value)"
        }
    }
}
