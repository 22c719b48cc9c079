import Messages
import Recording

/// What a run did, for the user at its end.
public struct RunSummary: Sendable {
    public var framesProcessed = 0
    /// Frames that were overwritten by newer ones before the loop was free.
    public var framesDropped = 0
    /// Frames that the source lost before they reached the loop.
    public var framesLost = 0
    /// Nanoseconds from capture to publication that were allowed; nil without a budget.
    public var budget: Int64?
    /// Frames that took longer.
    public var misses = MissCount()
    public var seconds = 0.0
    public var detections = 0
    public var stages: [(stage: Stage, summary: LatencySummary)] = []
    public var endToEnd = LatencyHistogram().summary
    public var processorSeconds = 0.0
    public var wasInterrupted = false
    /// What the drive's reader met: damage, missing frames.
    public var condition = DriveCondition()
    /// What was learnt of the camera's mounting; nil where nothing was to be learnt.
    public var calibration: CalibrationSummary?

    public var text: String {
        var lines = [
            "\(framesProcessed) frames in \(fixedDecimal(seconds, digits: 1)) s "
                + "(\(fixedDecimal(Double(framesProcessed) / max(seconds, 1e-9), digits: 1)) a second), "
                + "\(framesDropped) dropped, " + (framesLost > 0 ? "\(framesLost) lost, " : "")
                + "\(detections) detections, "
                + "\(fixedDecimal(processorSeconds / max(seconds, 1e-9) * 100, digits: 0)) % processor"
                + (wasInterrupted ? "; interrupted" : "")
        ]
        if let budget {
            lines.append(
                "budget \(fixedDecimal(Double(budget) / 1e6, digits: 1)) ms: \(misses.total) missed "
                    + "(\(misses.own) own, \(misses.host) host, \(misses.source) source)")
        }
        if let damage = condition.summary { lines.append("the drive: \(damage)") }
        if let calibration { lines.append("calibration: \(calibration.text)") }
        var rows = [["p50 ms", "p90", "p99", "p99.9", "max", "stage"]]
        for (stage, summary) in stages where summary.maximum > 0 { rows.append(row(summary, stage.name)) }
        rows.append(row(endToEnd, "capture to published"))
        return (lines + TextTable(rows: rows, rightAligned: 5).lines).joined(separator: "\n")
    }

    private func row(_ summary: LatencySummary, _ name: String) -> [String] {
        [summary.p50, summary.p90, summary.p99, summary.p999, summary.maximum].map { fixedDecimal($0, digits: 2) } + [
            name
        ]
    }

    public var json: JSONValue {
        .object([
            .init("frames", .signed(Int64(framesProcessed))), .init("dropped", .signed(Int64(framesDropped))),
            .init("lost", .signed(Int64(framesLost))),
            .init("duration_s", .number(seconds)), .init("detections", .signed(Int64(detections))),
            .init("cpu_ms_per_frame", .number(processorSeconds * 1e3 / Double(max(framesProcessed, 1)))),
            .init("interrupted", .boolean(wasInterrupted)),
            .init("deadline_ms", budget.map { .number(Double($0) / 1e6) } ?? .null),
            .init("deadline_misses", .signed(Int64(misses.total))),
            .init("deadline_misses_by_cause", misses.json),
            .init("end_to_end", endToEnd.json),
            .init("stages", .object(stages.map { .init($0.stage.name, $0.summary.json) })),
            .init("calibration", calibration?.json ?? .null),
        ])
    }
}

extension MissCount {
    /// The counts under their causes' names.
    public var json: JSONValue {
        .object([
            .init("own", .signed(Int64(own))), .init("host", .signed(Int64(host))),
            .init("source", .signed(Int64(source))),
        ])
    }
}

extension LatencySummary {
    /// Milliseconds under the keys that `profile --json` documents.
    public var json: JSONValue {
        .object([
            .init("p50_ms", .number(p50)), .init("p90_ms", .number(p90)), .init("p99_ms", .number(p99)),
            .init("p999_ms", .number(p999)), .init("max_ms", .number(maximum)),
        ])
    }
}
