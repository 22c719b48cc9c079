import Histogram

/// Durations of one stage, kept in a histogram with three significant digits so that high percentiles are exact enough and
/// recording costs a few nanoseconds (HdrHistogram, Tene 2012).
public struct LatencyHistogram: Sendable {
    /// Longer durations are counted as this long: one minute.
    private static let highestNanoseconds: UInt64 = 60_000_000_000

    private var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: 1000, highestTrackableValue: highestNanoseconds, numberOfSignificantValueDigits: .three)
    public private(set) var maximumNanoseconds: Int64 = 0

    public init() {}

    public var count: Int { Int(histogram.totalCount) }

    /// Adds a duration. Allocates nothing.
    public mutating func record(nanoseconds: Int64) {
        let clamped = min(UInt64(max(nanoseconds, 0)), Self.highestNanoseconds)
        _ = histogram.record(clamped)
        maximumNanoseconds = max(maximumNanoseconds, nanoseconds)
    }

    /// The duration that `percent` % of all durations do not exceed, in milliseconds; 0 when nothing was recorded.
    public func milliseconds(atPercentile percent: Double) -> Double {
        guard count > 0 else { return 0 }
        return min(Double(histogram.valueAtPercentile(percent)), Double(maximumNanoseconds)) / 1e6
    }

    public var summary: LatencySummary {
        LatencySummary(
            count: count, p50: milliseconds(atPercentile: 50), p90: milliseconds(atPercentile: 90),
            p99: milliseconds(atPercentile: 99), p999: milliseconds(atPercentile: 99.9),
            maximum: Double(maximumNanoseconds) / 1e6)
    }
}

/// Percentiles of a stage's durations, in milliseconds.
public struct LatencySummary: Sendable, Hashable {
    public var count: Int
    public var p50: Double
    public var p90: Double
    public var p99: Double
    public var p999: Double
    public var maximum: Double
}
