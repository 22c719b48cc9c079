import Messages
import SightlineBus

/// Latencies of one way of sending.
struct Series {
    private var window = SampleWindow(capacity: 1 << 22)

    mutating func add(_ nanoseconds: [Int64]) {
        for value in nanoseconds { window.add(Double(value) / 1000) }
    }

    /// Microseconds.
    var summary: SampleSummary {
        guard let summary = window.summary else { BusBenchmark.fail("nothing was measured") }
        return summary
    }

    var json: JSONValue { summary.json }
}

/// Prints one measurement as a JSON object: the series in microseconds and, where there are two to compare, their ratios.
func report(_ name: String, _ facts: [(String, JSONValue)], _ series: [(String, Series)], ratios: [(String, Int, Int)])
{
    var members: [JSONValue.Member] = [.init("benchmark", .string(name))]
    members += facts.map { .init($0.0, $0.1) }
    members += series.map { .init($0.0 + "_us", $0.1.json) }
    for (label, numerator, denominator) in ratios {
        let above = series[numerator].1.summary
        let below = series[denominator].1.summary
        members.append(
            .init(
                label,
                .object([
                    .init("p50", .number(above.median / below.median)), .init("p99", .number(above.p99 / below.p99)),
                ])))
    }
    print(JSONValue.object(members).text)
}
