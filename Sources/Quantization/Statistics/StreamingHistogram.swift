/// A histogram of float values that arrive in batches and whose range is not known in advance.
///
/// The bins are of equal width. When a batch lies outside of the range, the range is doubled as often as needed by
/// merging pairs of neighbouring bins, so that counts stay exact and at least half of the bins lie within the values
/// seen (a single distant outlier aside). Exact zeros are counted apart: they are quantised without error whatever the
/// scale, and ReLU and padding make many of them.
public struct StreamingHistogram: Sendable {
    public static let defaultBinCount = 2048

    /// Values per bin; empty until the first value that is not zero.
    public private(set) var counts: [Double] = []

    /// The lower edge of the first bin.
    public private(set) var lowerEdge = 0.0

    public private(set) var binWidth = 0.0

    /// How many values were exactly zero. They are in no bin.
    public private(set) var zeroCount = 0.0

    /// How many values were counted, zeros included.
    public private(set) var total = 0.0

    /// The smallest value seen, counted or not; +infinity before the first.
    public private(set) var minimum = Float.infinity

    /// The largest value seen, counted or not; -infinity before the first.
    public private(set) var maximum = -Float.infinity

    public let binCount: Int

    /// - Precondition: `binCount` is even and at least 2.
    public init(binCount: Int = StreamingHistogram.defaultBinCount) {
        precondition(binCount >= 2 && binCount.isMultiple(of: 2))
        self.binCount = binCount
    }

    /// The centre of a bin.
    public func center(of bin: Int) -> Double { lowerEdge + (Double(bin) + 0.5) * binWidth }

    /// Takes in a batch; every `stride`-th value is counted, all of them extend ``minimum`` and ``maximum``.
    ///
    /// - Returns: false, with nothing changed, when a value is infinite or NaN.
    /// - Complexity: O(n), about one nanosecond for a counted value and a tenth of that for the others.
    public mutating func add(_ values: UnsafeBufferPointer<Float>, stride: Int = 1) -> Bool {
        precondition(stride > 0)
        guard !values.isEmpty else { return true }
        let extremes = Extremes(of: values)
        guard extremes.isFinite else { return false }
        minimum = Swift.min(minimum, extremes.minimum)
        maximum = Swift.max(maximum, extremes.maximum)
        cover(Double(extremes.minimum), Double(extremes.maximum))
        count(values, stride: stride)
        return true
    }

    /// Takes in a few values.
    public mutating func add(_ values: [Float]) -> Bool {
        values.withUnsafeBufferPointer { add($0) }
    }

    /// Mean square of the counted values, bins taken at their centres.
    public var power: Double {
        guard total > 0 else { return 0 }
        var sum = 0.0
        for (bin, count) in counts.enumerated() where count > 0 {
            let value = center(of: bin)
            sum += count * value * value
        }
        return sum / total
    }
}

// MARK: - Range

extension StreamingHistogram {
    /// Grows the range until it holds both values.
    private mutating func cover(_ lowest: Double, _ highest: Double) {
        if counts.isEmpty {
            guard lowest != 0 || highest != 0 else { return }
            startRange(lowest, highest)
        }
        while lowest < lowerEdge { doubleRange(downwards: true) }
        while highest >= lowerEdge + Double(binCount) * binWidth { doubleRange(downwards: false) }
    }

    /// The first range: the first batch's own and a little more, so that small excesses do not halve the resolution.
    private mutating func startRange(_ lowest: Double, _ highest: Double) {
        let extent = Swift.max(highest - lowest, Swift.max(abs(lowest), abs(highest)) * 1e-6, 1e-30)
        let margin = extent / 8
        binWidth = (extent + 2 * margin) / Double(binCount)
        lowerEdge = lowest - margin
        counts = [Double](repeating: 0, count: binCount)
    }

    private mutating func doubleRange(downwards: Bool) {
        let half = binCount / 2
        var merged = [Double](repeating: 0, count: binCount)
        let target = downwards ? half : 0
        for pair in 0..<half { merged[target + pair] = counts[2 * pair] + counts[2 * pair + 1] }
        counts = merged
        if downwards { lowerEdge -= Double(binCount) * binWidth }
        binWidth *= 2
    }
}

// MARK: - Merging

extension StreamingHistogram {
    /// Bins that cover both values, nothing counted.
    mutating func setRange(_ lowest: Double, _ highest: Double) {
        guard lowest < 0 || highest > 0 else { return }
        minimum = Float(lowest)
        maximum = Float(highest)
        lowerEdge = lowest
        binWidth = (highest - lowest) * (1 + 1e-6) / Double(binCount)
        counts = [Double](repeating: 0, count: binCount)
    }

    /// Counts another histogram's values, divided by a factor and multiplied by a weight.
    mutating func add(_ other: StreamingHistogram, dividedBy factor: Double, weight: Double) {
        zeroCount += weight * (counts.isEmpty ? other.total : other.zeroCount)
        total += weight * other.total
        guard !counts.isEmpty else { return }
        for (bin, count) in other.counts.enumerated() where count > 0 {
            let position = (other.center(of: bin) / factor - lowerEdge) / binWidth
            counts[Swift.min(Swift.max(Int(position), 0), binCount - 1)] += weight * count
        }
    }
}

// MARK: - Counting

extension StreamingHistogram {
    /// Independent counters, so that runs of equal values do not wait for one another's memory.
    private static let laneCount = 4

    /// Small batches are counted in place: they do not pay for clearing and adding up the counters.
    private static let smallBatch = 4096

    private mutating func count(_ values: UnsafeBufferPointer<Float>, stride: Int) {
        let counted = (values.count + stride - 1) / stride
        total += Double(counted)
        guard !counts.isEmpty else {
            zeroCount += Double(counted)
            return
        }
        if counted < Self.smallBatch {
            countDirectly(values, stride: stride)
        } else {
            countInLanes(values, stride: stride)
        }
    }

    private mutating func countDirectly(_ values: UnsafeBufferPointer<Float>, stride: Int) {
        let (scale, offset, last) = indexing
        for index in Swift.stride(from: 0, to: values.count, by: stride) {
            let value = values[index]
            if value == 0 {
                zeroCount += 1
            } else {
                counts[Self.bin(of: value, scale, offset, last)] += 1
            }
        }
    }

    private mutating func countInLanes(_ values: UnsafeBufferPointer<Float>, stride: Int) {
        let (scale, offset, last) = indexing
        let laneSize = binCount + 1
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: laneSize * Self.laneCount) { lanes in
            lanes.initialize(repeating: 0)
            var lane = 0
            for index in Swift.stride(from: 0, to: values.count, by: stride) {
                let value = values[index]
                let bin = value == 0 ? binCount : Self.bin(of: value, scale, offset, last)
                lanes[lane &+ bin] &+= 1
                lane = lane == 3 &* laneSize ? 0 : lane &+ laneSize
            }
            for first in Swift.stride(from: 0, to: lanes.count, by: laneSize) {
                for bin in 0..<binCount { counts[bin] += Double(lanes[first + bin]) }
                zeroCount += Double(lanes[first + binCount])
            }
        }
    }

    private var indexing: (scale: Float, offset: Float, last: Int32) {
        (Float(1 / binWidth), Float(-lowerEdge / binWidth), Int32(binCount - 1))
    }

    /// The bin of a finite value inside the range; rounding may put one at an edge into the neighbour.
    @inline(__always)
    private static func bin(of value: Float, _ scale: Float, _ offset: Float, _ last: Int32) -> Int {
        let position = Swift.min(Swift.max(value * scale + offset, 0), Float(last))
        return Int(truncatingIfNeeded: Int32(position))
    }
}
