extension Sightline_Health {
    var jsonMembers: [JSONValue.Member] {
        [
            .init("state", .string(state.name)),
            .init("causes", .array(causes.map { $0.json(hasEnded: false) })),
            .init("ended", .array(ended.map { $0.json(hasEnded: true) })),
            .init("uptime_ms", .milliseconds(uptimeNs)),
        ]
    }
}

extension Sightline_HealthCause {
    func json(hasEnded: Bool) -> JSONValue {
        .object([
            .init("kind", .string(kind.name)),
            .init("stage", .string(stage)),
            .init("since_ns", .signed(sinceNs)),
            .init("amount", .number(amount)),
            .init("unit", .string(unit)),
            .init("count", .unsigned(count)),
            .init("detail", .string(detail)),
            .init("lasted_ms", hasEnded ? .milliseconds(lastedNs) : .null),
        ])
    }
}

extension Sightline_Health.State {
    public var name: String {
        switch self {
        case .unknown: "unknown"
        case .good: "good"
        case .degraded: "degraded"
        case .failed: "failed"
        case .UNRECOGNIZED(let value): "state_\(value)"
        }
    }
}

extension Sightline_HealthCause.Kind {
    public var name: String {
        switch self {
        case .unknown: "unknown"
        case .cameraSlow: "camera_slow"
        case .cameraLost: "camera_lost"
        case .cameraFrozen: "camera_frozen"
        case .cameraError: "camera_error"
        case .decodeSlow: "decode_slow"
        case .networkOverrun: "network_overrun"
        case .cpuStolen: "cpu_stolen"
        case .throttled: "throttled"
        case .subscriberDropped: "subscriber_dropped"
        case .diskSlow: "disk_slow"
        case .diskFull: "disk_full"
        case .stageHangs: "stage_hangs"
        case .deadlineMissed: "deadline_missed"
        case .calibrationDrift: "calibration_drift"
        case .UNRECOGNIZED(let value): "kind_\(value)"
        }
    }
}
