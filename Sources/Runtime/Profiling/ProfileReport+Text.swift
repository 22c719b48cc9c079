import Messages
import SightlineInference

extension ProfileReport {
    /// Readable lines for a terminal.
    public var text: String {
        var lines = [headline]
        lines.append(deadlineLine)
        lines += [""] + percentileTable
        lines += [""] + planLines
        lines += [""] + pathLines
        lines.append("")
        lines.append(
            "jitter: \(Self.text(endToEnd.deviationMilliseconds)) ms standard deviation of the latency, "
                + "\(Self.text(intervals.deviationMilliseconds)) ms of the interval between results")
        let allocations = allocationsPerFrame.map { fixedDecimal($0, digits: 2) } ?? "not counted"
        lines.append(
            "allocations per frame: \(allocations); processor per frame: "
                + "\(Self.text(processorMillisecondsPerFrame)) ms")
        for network in networks where !network.layers.isEmpty { lines += [""] + layerTable(network) }
        return lines.joined(separator: "\n")
    }

    private static func text(_ milliseconds: Double) -> String { fixedDecimal(milliseconds, digits: 2) }

    private var headline: String {
        "\(drive): \(frames.count) frames, \(dropped) dropped" + (lost > 0 ? ", \(lost) lost" : "")
            + "; networks \(isParallel ? "side by side" : "one after the other") on \(threads) "
            + "thread\(threads == 1 ? "" : "s"), \(instructionSet)"
    }

    private var deadlineLine: String {
        guard let budget else { return "no deadline (budget: in the configuration, or --budget)" }
        let share = Double(misses.total) / Double(max(frames.count, 1)) * 100
        return "deadline \(Self.text(Double(budget) / 1e6)) ms: \(misses.total) missed "
            + "(\(fixedDecimal(share, digits: 2)) %): \(misses.own) own, \(misses.host) host, \(misses.source) source"
    }

    private var percentileTable: [String] {
        var rows = [["p50 ms", "p90", "p99", "p99.9", "max", "stage"]]
        for (stage, series) in stages { rows.append(Self.row(series, stage.name)) }
        for network in networks {
            for (name, series) in zip(network.variants, network.inference) where !series.isEmpty {
                rows.append(Self.row(series, "network \(name)"))
            }
        }
        rows.append(Self.row(overhead, "capture to published, without inference"))
        rows.append(Self.row(endToEnd, "capture to published"))
        return TextTable(rows: rows, rightAligned: 5).lines
    }

    private static func row(_ series: DurationSeries, _ name: String) -> [String] {
        let summary = series.summary
        return [summary.p50, summary.p90, summary.p99, summary.p999, summary.maximum].map { text($0) } + [name]
    }

    private var planLines: [String] {
        networks.map { network in
            let plans = network.plans.sorted { $0.key < $1.key }.map { plan, count in
                let share = Double(count) / Double(max(frames.count, 1)) * 100
                return "\(Network.planName(plan)) \(fixedDecimal(share, digits: 1)) %"
            }
            let age = network.resultAge.milliseconds(atPercentile: 99)
            return "\(network.name): " + plans.joined(separator: ", ")
                + (age > 0 ? "; results up to \(fixedDecimal(age, digits: 0)) ms older than their frame (p99)" : "")
        }
    }

    private var pathLines: [String] {
        let total = criticalPath.reduce(0) { $0 + $1.mean }
        var rows = [["ms", "%", "slowest 1 %", "critical path"]]
        for part in criticalPath {
            rows.append([
                Self.text(part.mean), fixedDecimal(part.mean / max(total, 1e-9) * 100, digits: 1),
                Self.text(part.slow), part.stage.name,
            ])
        }
        return TextTable(rows: rows, rightAligned: 3).lines
    }

    private func layerTable(_ network: Network) -> [String] {
        let total = network.layers.reduce(0) { $0 + $1.meanMilliseconds }
        var rows = [["mean ms", "min ms", "%", "GMAC/s", "kind", "operator", "layer of \(network.name)"]]
        for timing in network.layers {
            rows.append([
                fixedDecimal(timing.meanMilliseconds, digits: 3), fixedDecimal(timing.minimumMilliseconds, digits: 3),
                fixedDecimal(timing.meanMilliseconds / max(total, 1e-9) * 100, digits: 1),
                fixedDecimal(timing.gigaMultiplyAccumulatesPerSecond, digits: 1), timing.layer.kind.rawValue,
                timing.layer.operatorType, timing.layer.name,
            ])
        }
        return TextTable(rows: rows, rightAligned: 4).lines
    }
}
