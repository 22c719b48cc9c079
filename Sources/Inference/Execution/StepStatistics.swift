/// Times of each step over all complete runs.
final class StepStatistics {
    private let count: Int
    private(set) var runs = 0
    private let last: UnsafeMutablePointer<Int64>
    private let least: UnsafeMutablePointer<Int64>
    private let total: UnsafeMutablePointer<Int64>

    init(count: Int) {
        self.count = count
        last = .allocate(capacity: count)
        least = .allocate(capacity: count)
        total = .allocate(capacity: count)
        last.initialize(repeating: 0, count: count)
        least.initialize(repeating: .max, count: count)
        total.initialize(repeating: 0, count: count)
    }

    deinit {
        last.deallocate()
        least.deallocate()
        total.deallocate()
    }

    /// Takes in the stamps of a complete run (`count + 1` of them), and brings `remaining` up to date.
    func record(_ stamps: UnsafePointer<Int64>, remaining: UnsafeMutablePointer<Int64>) {
        runs += 1
        var rest: Int64 = 0
        for step in (0..<count).reversed() {
            let time = stamps[step + 1] - stamps[step]
            last[step] = time
            least[step] = min(least[step], time)
            total[step] += time
            rest += least[step]
            remaining[step] = rest
        }
    }

    func timing(of step: Int, layer: LayerInfo) -> LayerTiming {
        guard runs > 0 else {
            return LayerTiming(layer: layer, lastMilliseconds: 0, minimumMilliseconds: 0, meanMilliseconds: 0)
        }
        return LayerTiming(
            layer: layer, lastMilliseconds: Double(last[step]) * 1e-6, minimumMilliseconds: Double(least[step]) * 1e-6,
            meanMilliseconds: Double(total[step]) * 1e-6 / Double(runs))
    }
}
