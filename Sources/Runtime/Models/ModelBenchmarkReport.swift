import Messages
import SightlineInference

/// What `sightline model bench` measured.
public struct ModelBenchmarkReport: Sendable {
    public let model: String
    public let instructionSet: String
    public let threads: Int
    /// Nanoseconds of each run, ascending.
    public let durations: [Int64]
    /// From opening the file to the first result.
    public let loadMilliseconds: Double
    public let peakResidentBytes: Int
    public let multiplyAccumulates: Int
    /// Multiply-accumulates per second that one thread can do at most.
    public let peakPerThread: Double
    public let layers: [LayerTiming]
    /// What the cache of packed weights did.
    public let weightsCache: WeightsCache.Outcome
    /// How the file's golden values compared; nil where it carries none.
    public let selfCheck: SelfCheckResult?

    private func milliseconds(_ share: Double) -> Double {
        Double(durations[min(Int(Double(durations.count) * share), durations.count - 1)]) / 1e6
    }

    public var minimum: Double { milliseconds(0) }
    public var median: Double { milliseconds(0.5) }
    public var p99: Double { milliseconds(0.99) }

    /// The share of the processor's int8 peak that the whole network reaches in its fastest run, 0 to 1.
    public var shareOfPeak: Double {
        Double(multiplyAccumulates) / (minimum / 1e3) / (peakPerThread * Double(threads))
    }

    public var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("model", .string(model)), .init("isa", .string(instructionSet)),
            .init("threads", .signed(Int64(threads))), .init("runs", .signed(Int64(durations.count))),
            .init("min_ms", .number(minimum)), .init("median_ms", .number(median)), .init("p99_ms", .number(p99)),
            .init("load_ms", .number(loadMilliseconds)),
            .init("peak_rss_mb", .number(Double(peakResidentBytes) / 1e6)),
            .init("gmac", .number(Double(multiplyAccumulates) / 1e9)),
            .init("share_of_peak", .number(shareOfPeak)),
            .init("peak_gmac_per_s", .number(peakPerThread / 1e9)),
        ]
        members.append(.init("weights_cache", .string(weightsCache.word)))
        if let selfCheck { members.append(.init("self_check", selfCheck.json)) }
        if !layers.isEmpty { members.append(.init("layers", .array(layers.map(\.json)))) }
        return .object(members)
    }

    /// Readable lines; layers in the order in which they run.
    public var text: String {
        var lines = [
            "\(model): \(instructionSet), \(threads) thread\(threads == 1 ? "" : "s"), \(durations.count) runs",
            "  minimum \(fixedDecimal(minimum, digits: 2)) ms, median \(fixedDecimal(median, digits: 2)) ms, p99 \(fixedDecimal(p99, digits: 2)) ms",
            "  \(fixedDecimal(Double(multiplyAccumulates) / 1e9, digits: 2)) GMAC, "
                + "\(fixedDecimal(Double(multiplyAccumulates) / 1e6 / minimum, digits: 0)) GMAC/s, "
                + "\(fixedDecimal(shareOfPeak * 100, digits: 1)) % of the int8 peak (\(fixedDecimal(peakPerThread / 1e9, digits: 0)) GMAC/s a thread)",
            "  load to first result \(fixedDecimal(loadMilliseconds, digits: 0)) ms, "
                + "peak memory \(fixedDecimal(Double(peakResidentBytes) / 1e6, digits: 0)) MB, cached weights \(weightsCache.word)",
        ]
        if let selfCheck { lines.append("  \(selfCheck.text)") }
        if !layers.isEmpty { lines += [""] + layerTable }
        return lines.joined(separator: "\n")
    }

    private var layerTable: [String] {
        let total = layers.reduce(0) { $0 + $1.minimumMilliseconds }
        let peak = peakPerThread * Double(threads)
        var rows = [["ms", "%", "GMAC/s", "of peak", "kB", "kind", "shape", "operator", "layer"]]
        for timing in layers {
            let rate = timing.gigaMultiplyAccumulatesPerSecond
            let hasProducts = timing.layer.multiplyAccumulates > 0
            rows.append([
                fixedDecimal(timing.minimumMilliseconds, digits: 3),
                fixedDecimal(timing.minimumMilliseconds / max(total, 1e-9) * 100, digits: 1),
                hasProducts ? fixedDecimal(rate, digits: 1) : "",
                hasProducts ? fixedDecimal(rate * 1e9 / peak * 100, digits: 0) + " %" : "",
                fixedDecimal(Double(timing.layer.bytes) / 1e3, digits: 0), timing.layer.kind.rawValue,
                "\(timing.layer.shape)",
                timing.layer.operatorType, timing.layer.name,
            ])
        }
        return TextTable(rows: rows, rightAligned: 5).lines
    }
}
