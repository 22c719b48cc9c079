extension Sightline_Timing {
    var jsonMembers: [JSONValue.Member] {
        [
            .init("total_ms", .milliseconds(totalNs)),
            .init("deadline_ms", deadlineNs == 0 ? .null : .milliseconds(deadlineNs)),
            .init("missed", .boolean(missed)),
            .init("miss_cause", .string(missCause.name)),
            .init("dropped_frames", .unsigned(droppedFrames)),
            .init("lost_frames", .unsigned(lostFrames)),
            .init("deadline_misses", .unsigned(deadlineMisses)),
            .init("stages", .array(stages.map(\.json))),
            .init("networks", .array(networks.map(\.json))),
        ]
    }
}

extension Sightline_StageTime {
    var json: JSONValue {
        .object([
            .init("name", .string(name)),
            .init("start_ms", .milliseconds(startNs)),
            .init("duration_ms", .milliseconds(durationNs)),
        ])
    }
}

extension Sightline_NetworkTime {
    var json: JSONValue {
        .object([
            .init("name", .string(name)),
            .init("variant", variant.isEmpty ? .null : .string(variant)),
            .init("plan", .string(plan.name)),
            .init("duration_ms", .milliseconds(durationNs)),
            .init("predicted_ms", predictedNs == 0 ? .null : .milliseconds(predictedNs)),
        ])
    }
}

extension Sightline_Timing.MissCause {
    /// The cause in the words of the command line.
    public var name: String {
        switch self {
        case .none: "none"
        case .own: "own"
        case .host: "host"
        case .source: "source"
        case .UNRECOGNIZED(let value): "miss_cause_\(value)"
        }
    }
}
