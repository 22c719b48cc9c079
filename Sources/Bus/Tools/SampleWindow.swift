/// Samples and their order statistics, for the bus's tools. Keeps the newest `capacity`.
public struct SampleWindow: Sendable {
    private var samples: [Double] = []
    private var next = 0
    private let capacity: Int
    /// Samples since the start.
    public private(set) var total = 0

    public init(capacity: Int = 100_000) {
        self.capacity = max(capacity, 1)
    }

    public mutating func add(_ sample: Double) {
        total += 1
        if samples.count < capacity {
            samples.append(sample)
        } else {
            samples[next] = sample
            next = (next + 1) % capacity
        }
    }

    public var isEmpty: Bool { samples.isEmpty }

    /// Nil when there are no samples. Complexity: O(n log n).
    public var summary: SampleSummary? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        // Nearest rank: the smallest sample that at least the share `p` of all samples does not exceed.
        let at = { (share: Double) in
            sorted[min(max(Int((share * Double(sorted.count)).rounded(.up)) - 1, 0), sorted.count - 1)]
        }
        let mean = sorted.reduce(0, +) / Double(sorted.count)
        let variance = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sorted.count)
        return SampleSummary(
            count: sorted.count, mean: mean, deviation: variance.squareRoot(), minimum: at(0), median: at(0.5),
            p90: at(0.9), p99: at(0.99), p999: at(0.999), maximum: at(1))
    }
}
