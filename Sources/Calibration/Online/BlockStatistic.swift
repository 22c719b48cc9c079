/// Center and spread of one angle of blocks. Single odd blocks do not move them.
struct BlockStatistic {
    /// The mean of the values within three spreads of the median.
    var center: Double
    /// Standard deviation.
    var spread: Double

    init(_ blocks: ArraySlice<OnlineExtrinsics.Block>, _ value: KeyPath<OnlineExtrinsics.Block, Double>) {
        let values = blocks.map { $0[keyPath: value] }.sorted()
        let median = Self.middle(values)
        spread = 1.4826 * Self.middle(values.map { ($0 - median).magnitude }.sorted())
        let limit = 3 * spread + 1e-9
        let near = values.filter { ($0 - median).magnitude <= limit }
        center = near.reduce(0, +) / Double(max(near.count, 1))
    }

    private static func middle(_ sorted: [Double]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
