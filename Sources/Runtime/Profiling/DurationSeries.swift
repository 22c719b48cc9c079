/// Durations of one thing over all frames, in the order of the frames, with the statistics that a profile needs.
package struct DurationSeries: Sendable {
    /// Nanoseconds.
    package let values: [Int64]
    private let sorted: [Int64]

    package init(_ values: [Int64]) {
        self.values = values
        sorted = values.sorted()
    }

    package var isEmpty: Bool { values.isEmpty }

    /// The nearest-rank percentile in milliseconds; 0 when there is nothing.
    package func milliseconds(atPercentile percent: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = Int((percent / 100 * Double(sorted.count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1e6
    }

    package var meanMilliseconds: Double {
        values.isEmpty ? 0 : Double(values.reduce(0, &+)) / Double(values.count) / 1e6
    }

    /// Standard deviation of the values, milliseconds.
    package var deviationMilliseconds: Double {
        guard values.count > 1 else { return 0 }
        let mean = meanMilliseconds
        let squares = values.reduce(0.0) { $0 + (Double($1) / 1e6 - mean) * (Double($1) / 1e6 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    package var summary: LatencySummary {
        LatencySummary(
            count: values.count, p50: milliseconds(atPercentile: 50), p90: milliseconds(atPercentile: 90),
            p99: milliseconds(atPercentile: 99), p999: milliseconds(atPercentile: 99.9),
            maximum: Double(sorted.last ?? 0) / 1e6)
    }

    /// Medians of consecutive blocks of frames, milliseconds: what two runs are compared by. Frames next to each other are alike
    /// (the same scene, the same load), blocks much less so.
    package func blockMedians(count: Int) -> [Double] {
        guard count > 0, values.count >= count * 5 else { return [] }
        return (0..<count).map { block in
            let range = (block * values.count / count)..<((block + 1) * values.count / count)
            let part = values[range].sorted()
            return Double(part[part.count / 2]) / 1e6
        }
    }
}
