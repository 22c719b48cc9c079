import Tensors
import Testing

import Quantization

@Suite("Range search")
struct RangeSearchTests {
    private func histogram(of values: [Float]) -> StreamingHistogram {
        var histogram = StreamingHistogram()
        histogram.take(values)
        return histogram
    }

    /// The squared error that quantising makes, value by value.
    private func exactError(_ values: [Float], _ range: ActivationRange) -> Double {
        let quantizer = AffineQuantizer(range.parameters)
        return values.reduce(0) { sum, value in
            let error = Double(quantizer.roundTrip(value) - value)
            return sum + error * error
        }
    }

    @Test("min-max covers everything and zero")
    func minMax() {
        let search = RangeSearch([histogram(of: [2, 3, 7])])
        #expect(search.range(by: .minMax) == ActivationRange(lower: 0, upper: 7))
        let negative = RangeSearch([histogram(of: [-5, -2, 1])])
        #expect(negative.range(by: .minMax) == ActivationRange(lower: -5, upper: 1))
    }

    @Test("a uniform distribution is not clipped")
    func uniform() {
        let values = (0..<100_000).map { Float($0) / 100_000 * 4 - 1 }
        let range = RangeSearch([histogram(of: values)]).range(by: .meanSquaredError)
        #expect(range.upper > 2.95 && range.upper <= 3)
        #expect(range.lower < -0.95 && range.lower >= -1)
    }

    @Test("a lonely outlier is clipped by error and percentile, not by min-max")
    func outlier() {
        var random = RandomNumbers(seed: 4)
        var values = random.normals(200_000)
        values[77] = 60
        let search = RangeSearch([histogram(of: values)])
        #expect(search.range(by: .minMax).upper == 60)
        // Clipping costs (60 - u)^2 / n, rounding (u - l)^2 / (12 * 255^2): least at u = 47 for l = -4.
        #expect(abs(search.range(by: .meanSquaredError).upper - 47) < 1.5)
        #expect(search.range(by: .percentile(0.9999)).upper < 6)
        #expect(search.range(by: .entropy).upper < 60)
        #expect(search.range(by: .searchedPercentile).upper <= 60)
    }

    @Test("the expected error from bins is that of the values", arguments: [0.3, 1, 2.5])
    func expectedError(_ share: Double) {
        var random = RandomNumbers(seed: 5)
        let values = random.normals(50_000, mean: 0.4, deviation: 2).map { $0 * $0 * ($0 < 0 ? -0.2 : 1) }
        let histogram = histogram(of: values)
        let range = ActivationRange(
            lower: histogram.minimum * Float(share), upper: histogram.maximum * Float(share))
        let expected = RangeSearch.squaredError(of: histogram, AffineQuantizer(range.parameters))
        let exact = exactError(values, range)
        #expect(abs(expected - exact) < 0.05 * exact)
    }

    @Test("the search is within a few percent of the best range that trying finds")
    func optimality() {
        var random = RandomNumbers(seed: 6)
        for deviation: Float in [0.5, 2, 9] {
            let values = random.normals(20_000, mean: 0.1, deviation: deviation).map { $0 > 0 ? $0 * $0 : $0 * 0.1 }
            let histogram = histogram(of: values)
            let found = exactError(values, RangeSearch([histogram]).range(by: .meanSquaredError))
            var best = Double.infinity
            for upper in Swift.stride(from: Float(0.02), through: 1, by: 0.02) {
                for lower in Swift.stride(from: Float(0.1), through: 1, by: 0.1) {
                    let range = ActivationRange(lower: histogram.minimum * lower, upper: histogram.maximum * upper)
                    best = min(best, exactError(values, range))
                }
            }
            #expect(found < best * 1.05)
        }
    }

    @Test("tensors that share a range weigh alike, whatever their size and power")
    func sharing() {
        var random = RandomNumbers(seed: 7)
        let loud = histogram(of: random.normals(50_000, deviation: 10))
        let quiet = histogram(of: random.normals(5_000, deviation: 1))
        let shared = RangeSearch([loud, quiet]).range(by: .meanSquaredError)
        let alone = RangeSearch([loud]).range(by: .meanSquaredError)
        #expect(shared.upper < alone.upper)
        #expect(shared.upper > RangeSearch([quiet]).range(by: .meanSquaredError).upper)
    }

    @Test("zero is exact and the zero point within a byte for any range")
    func zeroIsExact() {
        var random = RandomNumbers(seed: 8)
        for _ in 0..<2000 {
            let bounds = [random.normal(deviation: 100), random.normal(deviation: 0.01)].shuffled(using: &random)
            let parameters = ActivationRange(lower: bounds[0], upper: bounds[1]).parameters
            #expect((0...255).contains(parameters.zeroPoints[0]))
            #expect(parameters.scales[0] > 0 && parameters.scales[0].isFinite)
            #expect(AffineQuantizer(parameters).roundTrip(0) == 0)
        }
        #expect(ActivationRange(lower: 0, upper: 0).parameters.scales[0] > 0)
    }
}
