import Messages
import Platform

/// Two profiles side by side, and what became slower beyond noise.
///
/// Each run is cut into 20 blocks of consecutive frames; the medians of the blocks of both runs are compared by the
/// Mann-Whitney U test. A change counts when it is improbable by chance (p below 0.01) and large enough to matter (3 % and 50
/// microseconds).
public struct ProfileComparison: Sendable {
    public static let significance = 0.01
    public static let relativeChange = 0.03
    public static let absoluteChange = 0.05

    public struct Line: Sendable {
        public enum Verdict: String, Sendable {
            case slower
            case faster
            case same
        }

        public var name: String
        /// Medians of the blocks' medians, milliseconds.
        public var before: Double
        public var after: Double
        public var probability: Double
        public var verdict: Verdict
    }

    public let lines: [Line]

    /// Compares with the JSON of an earlier profile.
    ///
    /// - Throws: ``PlatformError`` when the file cannot be read or is no profile.
    public init(_ report: ProfileReport, withFile path: String) throws(PlatformError) {
        // JSON is YAML, too.
        let old = try YAMLNode(contentsOf: path)
        let blocks = try old.required("block_medians_ms")
        var lines: [Line] = []
        for (name, series) in report.comparable {
            let after = series.blockMedians(count: ProfileReport.blocks)
            guard let node = try blocks.value(name) else { continue }
            let before = try node.sequence().map { (value) throws(PlatformError) in try value.number() }
            guard !after.isEmpty, !before.isEmpty else { continue }
            lines.append(Self.compare(name, before: before, after: after))
        }
        self.lines = lines
    }

    package static func compare(_ name: String, before: [Double], after: [Double]) -> Line {
        let (old, new) = (median(before), median(after))
        let probability = RankSum.probability(before, after)
        let isReal =
            probability < significance && abs(new - old) >= max(relativeChange * old, absoluteChange)
        return Line(
            name: name, before: old, after: new, probability: probability,
            verdict: isReal ? (new > old ? .slower : .faster) : .same)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    public var hasSlowed: Bool { lines.contains { $0.verdict == .slower } }

    public var text: String {
        var rows = [["before ms", "now ms", "change", "p", "", "median of blocks"]]
        for line in lines {
            let change = line.before > 0 ? (line.after / line.before - 1) * 100 : 0
            rows.append([
                fixedDecimal(line.before, digits: 3), fixedDecimal(line.after, digits: 3),
                (change >= 0 ? "+" : "") + fixedDecimal(change, digits: 1) + " %",
                line.probability < 0.001 ? "<0.001" : fixedDecimal(line.probability, digits: 3),
                line.verdict == .same ? "" : line.verdict.rawValue, line.name,
            ])
        }
        let rule =
            "slower or faster: Mann-Whitney p < \(Self.significance) on 20 block medians, and a change of at least "
            + "3 % and \(fixedDecimal(Self.absoluteChange * 1000, digits: 0)) microseconds"
        return (TextTable(rows: rows, rightAligned: 4).lines + [rule]).joined(separator: "\n")
    }

    public var json: JSONValue {
        .array(
            lines.map {
                .object([
                    .init("name", .string($0.name)), .init("before_ms", .number($0.before)),
                    .init("after_ms", .number($0.after)), .init("p", .number($0.probability)),
                    .init("verdict", .string($0.verdict.rawValue)),
                ])
            })
    }
}
