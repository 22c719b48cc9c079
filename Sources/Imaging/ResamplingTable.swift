/// For each target position along one axis: the first source sample, and the weights of those that follow it.
///
/// The arithmetic is that of `sightline_preprocess.h`. Memory is laid out for the kernels: padded, and one run of weights
/// per tap.
final class ResamplingTable: @unchecked Sendable {
    // `@unchecked Sendable`: the memory is written in the initialiser only.

    /// Extra entries behind the last one that kernels may read.
    static let padding = 64

    let count: Int
    /// Samples that contribute to each target; even, because kernels take them in pairs.
    let taps: Int
    /// Entries from one tap's weights to the next.
    let weightStride: Int
    /// Whether every target is the source sample of the same index.
    let isIdentity: Bool

    let left: UnsafeMutablePointer<UInt16>
    let weights: UnsafeMutablePointer<Int16>

    /// - Parameters:
    ///   - sourceCount: samples that exist; positions outside repeat the border.
    ///   - targets: for each target its source interval in sample-edge coordinates (sample i covers i...i+1).
    ///   - averagesArea: mean over the interval, else linear interpolation at its middle.
    init(sourceCount: Int, targets: [Swift.Range<Double>], averagesArea: Bool) {
        let entries = targets.map { interval in
            averagesArea && interval.upperBound - interval.lowerBound > 1
                ? Self.area(interval, sourceCount: sourceCount)
                : Self.linear((interval.lowerBound + interval.upperBound) / 2 - 0.5, sourceCount: sourceCount)
        }
        count = targets.count
        taps = max(2, ((entries.map(\.weights.count).max() ?? 1) + 2) & ~1)
        weightStride = count + Self.padding
        isIdentity =
            count <= sourceCount
            && entries.enumerated().allSatisfy { $1.left == $0 && $1.weights.allSatisfy { $0 == 0 } }
        left = .allocate(capacity: weightStride)
        weights = .allocate(capacity: weightStride * (taps - 1))
        left.initialize(repeating: UInt16(entries.last?.left ?? 0), count: weightStride)
        weights.initialize(repeating: 0, count: weightStride * (taps - 1))
        for (x, entry) in entries.enumerated() {
            left[x] = UInt16(entry.left)
            for (k, weight) in entry.weights.enumerated() { weights[k * weightStride + x] = weight }
        }
    }

    deinit {
        left.deallocate()
        weights.deallocate()
    }

    /// Samples that really contribute to a target: trailing taps without weight left out.
    func tapCount(at x: Int) -> Int {
        var last = taps - 1
        while last > 0, weights[(last - 1) * weightStride + x] == 0 { last -= 1 }
        return last + 1
    }

    /// The first source sample and the Q15 weights of its followers (its own weight is what remains to 1).
    private typealias Entry = (left: Int, weights: [Int16])

    private static func quantize(_ weight: Double) -> Int16 {
        Int16(min(32767, (weight * 32768).rounded(.toNearestOrEven)))
    }

    private static func linear(_ position: Double, sourceCount: Int) -> Entry {
        let first = position.rounded(.down)
        if first < 0 { return (0, []) }
        if first >= Double(sourceCount - 1) { return (sourceCount - 1, []) }
        return (Int(first), [quantize(position - first)])
    }

    private static func area(_ interval: Swift.Range<Double>, sourceCount: Int) -> Entry {
        let lower = max(0, min(interval.lowerBound, Double(sourceCount) - 1))
        let upper = max(lower + 1e-9, min(interval.upperBound, Double(sourceCount)))
        let first = Int(lower)
        let last = max(first, min(sourceCount - 1, Int(upper.rounded(.up)) - 1))
        guard last > first else { return (first, []) }
        let weights = (first + 1...last).map { k in
            quantize(max(0, min(Double(k) + 1, upper) - Double(k)) / (upper - lower))
        }
        return (first, weights)
    }
}
