/// How sure a difference in average precision is, when both networks saw the same pictures.
///
/// Pictures are drawn with replacement, as many as there are, and both networks are judged on the same draw: what makes
/// a picture hard for both cancels. The interval runs between percentiles of the differences (Efron and Tibshirani, An
/// Introduction to the Bootstrap, 1993, chapter 13).
public struct PairedBootstrap: Sendable, Hashable {
    /// The difference on all pictures, first minus second.
    public var difference: Double

    /// The interval's ends.
    public var low: Double
    public var high: Double

    /// - Parameters:
    ///   - confidence: the share of draws inside the interval.
    ///   - seed: equal seeds give equal draws.
    /// - Throws: ``EvaluationError/mismatch(detail:)`` where the two saw different numbers of pictures, or there is nothing
    ///   to find; ``EvaluationError/invalidOption(name:detail:)``.
    public init(
        of first: AveragePrecision, minus second: AveragePrecision, draws: Int = 200, confidence: Double = 0.95,
        seed: UInt64 = 1
    ) throws(EvaluationError) {
        guard first.imageCount == second.imageCount else {
            throw .mismatch(detail: "\(first.imageCount) pictures against \(second.imageCount)")
        }
        guard (1...100_000).contains(draws) else { throw .invalidOption(name: "draws", detail: "\(draws)") }
        guard confidence > 0, confidence < 1 else {
            throw .invalidOption(name: "confidence", detail: "\(confidence) is not between 0 and 1")
        }
        let all = [Int](repeating: 1, count: first.imageCount)
        guard let firstValue = first.value(images: all), let secondValue = second.value(images: all) else {
            throw .mismatch(detail: "there is nothing to find in the pictures")
        }
        difference = firstValue - secondValue
        var generator = DrawGenerator(state: seed)
        var differences: [Double] = []
        for _ in 0..<draws {
            var counts = [Int](repeating: 0, count: first.imageCount)
            for _ in counts.indices { counts[Int.random(in: counts.indices, using: &generator)] += 1 }
            // A draw without any truth says nothing.
            if let firstValue = first.value(images: counts), let secondValue = second.value(images: counts) {
                differences.append(firstValue - secondValue)
            }
        }
        differences.sort()
        low = Self.percentile(differences, (1 - confidence) / 2) ?? difference
        high = Self.percentile(differences, (1 + confidence) / 2) ?? difference
    }

    /// Linear between the two nearest ranks.
    private static func percentile(_ sorted: [Double], _ share: Double) -> Double? {
        guard let last = sorted.last else { return nil }
        let place = share * Double(sorted.count - 1)
        let lower = Int(place)
        guard lower + 1 < sorted.count else { return last }
        return sorted[lower] + (place - Double(lower)) * (sorted[lower + 1] - sorted[lower])
    }
}

/// SplitMix64 (Steele et al., 2014), so that an interval can be computed again.
private struct DrawGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
