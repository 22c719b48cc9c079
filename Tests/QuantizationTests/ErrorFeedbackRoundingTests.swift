import Quantization
import Testing

@Suite("Rounding with error feedback")
struct ErrorFeedbackRoundingTests {
    /// Patches whose values follow a few common causes, as neighbouring pixels do.
    private static func correlated(rows: Int, terms: Int, causes: Int, seed: UInt64) -> LayerSamples {
        var random = RandomNumbers(seed: seed)
        let mixing = random.normals(causes * terms)
        var values: [Float] = []
        for _ in 0..<rows {
            let row = random.normals(causes)
            for term in 0..<terms {
                var value: Float = 0.1 * random.normal()
                for cause in 0..<causes { value += row[cause] * mixing[cause * terms + term] }
                values.append(value)
            }
        }
        return LayerSamples(patchSize: terms, values: values)
    }

    /// Variance of the sums' error over the patches.
    private static func errorVariance(
        _ integers: [Int8], _ weights: [Float], scale: Float, _ patches: LayerSamples
    ) -> Double {
        let terms = patches.patchSize
        let errors = (0..<patches.patchCount).map { row in
            (0..<terms).reduce(0.0) { sum, term in
                let error = weights[term] - Float(integers[term]) * scale
                return sum + Double(error) * Double(patches.values[row * terms + term])
            }
        }
        let mean = errors.reduce(0, +) / Double(errors.count)
        return errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(errors.count)
    }

    @Test("sums of correlated inputs err far less than with nearest rounding", arguments: 0..<6)
    func helps(seed: Int) throws {
        let terms = [9, 36, 64, 70, 130, 200][seed]
        let patches = Self.correlated(rows: 1000, terms: terms, causes: max(terms / 8, 2), seed: UInt64(seed))
        var random = RandomNumbers(seed: 100 + UInt64(seed))
        let rows = 24
        let weights = random.normals(rows * terms)
        let scale: Float = 0.05
        let rounding = try #require(
            ErrorFeedbackRounding(patches: patches, rowCount: 1000, firstTerm: 0, termCount: terms, damping: 0.01))
        let integers = rounding.round(weights, scales: [Float](repeating: scale, count: rows))
        var withFeedback = 0.0
        var withNearest = 0.0
        for row in 0..<rows {
            let own = Array(weights[row * terms..<(row + 1) * terms])
            let chosen = Array(integers[row * terms..<(row + 1) * terms])
            withFeedback += Self.errorVariance(chosen, own, scale: scale, patches)
            withNearest += Self.errorVariance(own.map { Int8(($0 / scale).rounded()) }, own, scale: scale, patches)
            // It chooses among neighbours; it does not wander off.
            for (integer, weight) in zip(chosen, own) { #expect(abs(Float(integer) - weight / scale) < 12) }
        }
        #expect(withFeedback < 0.5 * withNearest)
    }

    @Test("independent inputs leave nothing to make up for: each weight goes to its nearest integer")
    func independentInputs() throws {
        let terms = 4
        // All combinations of +1 and -1: exactly uncorrelated.
        let values = (0..<16).flatMap { row in (0..<terms).map { Float(row >> $0 & 1) * 2 - 1 } }
        let rounding = try #require(
            ErrorFeedbackRounding(
                patches: LayerSamples(patchSize: terms, values: values), rowCount: 16, firstTerm: 0, termCount: terms,
                damping: 0.02))
        let integers = rounding.round([0.26, -0.74, 0.12, 1.3, 0.5, 0.51, -0.49, 0.1], scales: [0.1, 1])
        #expect(integers == [3, -7, 1, 13, 0, 1, 0, 0])
    }

    @Test("integers stay within -127...127, whatever the scale")
    func limits() throws {
        let patches = Self.correlated(rows: 300, terms: 40, causes: 3, seed: 9)
        let rounding = try #require(
            ErrorFeedbackRounding(patches: patches, rowCount: 300, firstTerm: 0, termCount: 40, damping: 0.02))
        var random = RandomNumbers(seed: 10)
        let integers = rounding.round(random.normals(40), scales: [0.001])
        #expect(integers.allSatisfy { $0 >= -127 && $0 <= 127 })
        #expect(integers.contains(127) && integers.contains(-127))
    }

    @Test("a group's own terms are used, those of others are not")
    func groups() throws {
        let own = Self.correlated(rows: 200, terms: 6, causes: 2, seed: 20)
        let other = Self.correlated(rows: 200, terms: 6, causes: 2, seed: 21)
        var joined: [Float] = []
        for row in 0..<200 {
            joined += other.values[row * 6..<row * 6 + 6]
            joined += own.values[row * 6..<row * 6 + 6]
        }
        var random = RandomNumbers(seed: 22)
        let weights = random.normals(6)
        let alone = ErrorFeedbackRounding(patches: own, rowCount: 200, firstTerm: 0, termCount: 6, damping: 0.02)
        let inside = ErrorFeedbackRounding(
            patches: LayerSamples(patchSize: 12, values: joined), rowCount: 200, firstTerm: 6, termCount: 6,
            damping: 0.02)
        #expect(
            try #require(alone).round(weights, scales: [0.1]) == (try #require(inside)).round(weights, scales: [0.1]))
    }

    @Test("patches that say nothing give no rounding")
    func nothingToLearn() {
        let zeros = LayerSamples(patchSize: 3, values: [Float](repeating: 0, count: 30))
        #expect(ErrorFeedbackRounding(patches: zeros, rowCount: 10, firstTerm: 0, termCount: 3, damping: 0.02) == nil)
        #expect(ErrorFeedbackRounding(patches: zeros, rowCount: 1, firstTerm: 0, termCount: 3, damping: 0.02) == nil)
    }
}
