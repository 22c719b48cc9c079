extension Sightline_Log {
    var jsonMembers: [JSONValue.Member] {
        [
            .init("level", .string(level.name)),
            .init("source", .string(source)),
            .init("text", .string(text)),
            .init("lost_before", .unsigned(lostBefore)),
        ]
    }
}

extension Sightline_Log.Level {
    var name: String {
        switch self {
        case .unknown: "unknown"
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        case .UNRECOGNIZED(let value): "level_\(value)"
        }
    }
}
