import Messages
import SightlineInference

extension ProfileReport {
    /// One object; the keys are those that scripts rely on.
    public var json: JSONValue {
        .object([
            .init("drive", .string(drive)),
            .init("frames", .signed(Int64(frames.count))), .init("dropped", .signed(Int64(dropped))),
            .init("lost", .signed(Int64(lost))),
            .init("deadline_ms", budget.map { .number(Double($0) / 1e6) } ?? .null),
            .init("deadline_misses", .signed(Int64(misses.total))),
            .init("deadline_misses_by_cause", misses.json),
            .init("end_to_end", endToEnd.summary.json),
            .init("overhead", overhead.summary.json),
            .init("stages", .object(stages.map { .init($0.stage.name, $0.series.summary.json) })),
            .init("networks", .object(networks.map { .init($0.name, $0.json) })),
            .init("jitter", jitterJSON),
            .init(
                "critical_path",
                .array(
                    criticalPath.map {
                        .object([
                            .init("stage", .string($0.stage.name)), .init("mean_ms", .number($0.mean)),
                            .init("slowest_percent_ms", .number($0.slow)),
                        ])
                    })),
            .init("allocations_per_frame", allocationsPerFrame.map { .number($0) } ?? .null),
            .init("cpu_ms_per_frame", .number(processorMillisecondsPerFrame)),
            .init("placement", .string(isParallel ? "parallel" : "sequential")),
            .init("threads", .signed(Int64(threads))), .init("isa", .string(instructionSet)),
            .init("block_medians_ms", blocksJSON),
        ])
    }

    private var jitterJSON: JSONValue {
        .object([
            .init("latency_sd_ms", .number(endToEnd.deviationMilliseconds)),
            .init("interval_sd_ms", .number(intervals.deviationMilliseconds)),
            .init("interval_p99_ms", .number(intervals.milliseconds(atPercentile: 99))),
        ])
    }

    /// What `--compare` works on.
    private var blocksJSON: JSONValue {
        .object(
            comparable.map { name, series in
                .init(name, .array(series.blockMedians(count: Self.blocks).map { .number($0) }))
            })
    }

    /// The series that two runs are compared by.
    var comparable: [(name: String, series: DurationSeries)] {
        [("end_to_end", endToEnd), ("overhead", overhead)]
            + stages.map { ($0.stage.name, $0.series) }
            + networks.flatMap { network in
                zip(network.variants, network.inference).map { ("network \($0)", $1) }
            }
    }
}

extension ProfileReport.Network {
    var json: JSONValue {
        var members: [JSONValue.Member] = []
        if case .object(let summary) = inference[0].summary.json { members += summary }
        members.append(
            .init(
                "plans",
                .object(plans.sorted { $0.key < $1.key }.map { .init(Self.planName($0.key), .signed(Int64($0.value))) })
            ))
        if variants.count > 1 {
            members.append(
                .init(
                    "variants",
                    .object(
                        zip(variants, inference).dropFirst().map { .init($0, $1.summary.json) })))
        }
        members.append(
            .init("prediction_error_p50_ms", .number(predictionError.milliseconds(atPercentile: 50))))
        members.append(.init("result_age_p50_ms", .number(resultAge.milliseconds(atPercentile: 50))))
        members.append(.init("result_age_p99_ms", .number(resultAge.milliseconds(atPercentile: 99))))
        if !layers.isEmpty { members.append(.init("layers", .array(layers.map(\.json)))) }
        return .object(members)
    }

    static func planName(_ rawValue: Int) -> String {
        (Sightline_Plan(rawValue: rawValue) ?? .UNRECOGNIZED(rawValue)).name
    }
}
