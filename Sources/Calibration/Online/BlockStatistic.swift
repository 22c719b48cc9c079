/// Center and spread of one angle of blocks. Single odd blocks do not move them. Allocates nothing on the heap.
struct BlockStatistic {
    /// The mean of the values within three spreads of the median.
    let center: Double
    /// Standard deviation.
    let spread: Double

    init(_ blocks: ArraySlice<OnlineExtrinsics.Block>, _ value: KeyPath<OnlineExtrinsics.Block, Double>) {
        (center, spread) = withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks.count) { sorted in
            func middle(_ measure: (OnlineExtrinsics.Block) -> Double) -> Double {
                var count = 0
                for block in blocks {
                    let new = measure(block)
                    var place = count
                    while place > 0, sorted[place - 1] > new {
                        sorted[place] = sorted[place - 1]
                        place -= 1
                    }
                    sorted[place] = new
                    count += 1
                }
                return count == 0 ? 0 : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
            }
            let median = middle { $0[keyPath: value] }
            let spread = 1.4826 * middle { ($0[keyPath: value] - median).magnitude }
            let limit = 3 * spread + 1e-9
            var (sum, near) = (0.0, 0)
            for block in blocks where (block[keyPath: value] - median).magnitude <= limit {
                sum += block[keyPath: value]
                near += 1
            }
            return (sum / Double(max(near, 1)), spread)
        }
    }
}
