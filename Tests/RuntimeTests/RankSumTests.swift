import TestSupport
import Testing

import Runtime

@Suite("Comparison of profiles")
struct RankSumTests {
    @Test("probabilities are those of SciPy's mannwhitneyu (asymptotic, with continuity)")
    func reference() {
        // scipy.stats.mannwhitneyu([1,2,3,4,5,6,7,8], [5,6,7,8,9,10,11,12], method="asymptotic").pvalue
        let first = (1...8).map(Double.init)
        #expect(abs(RankSum.probability(first, first.map { $0 + 4 }) - 0.013_313_003) < 1e-8)
        #expect(RankSum.probability(first, first) == 1)
        #expect(RankSum.probability([3, 3, 3], [3, 3, 3]) == 1)
        #expect(abs(RankSum.probability(first, first.map { $0 + 100 }) - 0.000_939_105_7) < 1e-9)
    }

    @Test("two runs of the same distribution are rarely told apart, a shift of five percent is found")
    func power() {
        var random = SeededGenerator(seed: 3)
        func blocks(_ mean: Double) -> [Double] {
            (0..<20).map { _ in mean * (1 + 0.02 * (Double.random(in: -1...1, using: &random))) }
        }
        var falseAlarms = 0
        for _ in 0..<200 {
            if ProfileComparison.compare("x", before: blocks(20), after: blocks(20)).verdict != .same {
                falseAlarms += 1
            }
            #expect(ProfileComparison.compare("x", before: blocks(20), after: blocks(21)).verdict == .slower)
            #expect(ProfileComparison.compare("x", before: blocks(21), after: blocks(20)).verdict == .faster)
        }
        #expect(falseAlarms <= 2)
    }

    @Test("a certain change that is too small to matter is no change")
    func small() {
        let before = (0..<20).map { 0.2 + Double($0) * 1e-6 }
        #expect(ProfileComparison.compare("x", before: before, after: before.map { $0 + 0.01 }).verdict == .same)
    }
}
