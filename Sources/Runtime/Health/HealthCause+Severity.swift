import Messages

extension Sightline_HealthCause.Kind {
    /// Order of causes in a report: what makes results impossible, then what makes them wrong or late, then what others
    /// notice.
    var severity: Int {
        switch self {
        case .cameraLost, .stageHangs: 4
        case .cameraFrozen, .cameraError, .diskFull, .calibrationDrift: 3
        case .deadlineMissed, .networkOverrun, .decodeSlow, .cameraSlow: 2
        case .cpuStolen, .throttled, .diskSlow: 1
        case .subscriberDropped, .unknown, .UNRECOGNIZED: 0
        }
    }

    /// Whether no results come while this holds.
    var preventsResults: Bool { self == .cameraLost || self == .stageHangs }
}
