import Testing

import Quantization

@Suite("Weight quantisation")
struct WeightQuantizerTests {
    @Test("max-abs maps each channel's largest weight to 127")
    func maxAbs() {
        let weights: [Float] = [0.5, -1.27, 0.01, 0, 0, 0, 254, -127, 63.5]
        let result = WeightQuantizer(method: .maxAbs).quantize(weights, channelCount: 3)
        #expect(result.integers == [50, -127, 1, 0, 0, 0, 127, -64, 32])
        #expect(result.scales[0] == 1.27 / 127)
        #expect(result.scales[2] == 2)
    }

    @Test("halves are rounded to even")
    func halvesToEven() {
        #expect([0.5, 1.5, 2.5, -0.5, -1.5].map { WeightQuantizer.integer(of: $0, scale: 1) } == [0, 2, 2, 0, -2])
    }

    @Test("integers stay within -127...127")
    func limits() {
        #expect(WeightQuantizer.integer(of: -500, scale: 1) == -127)
        #expect(WeightQuantizer.integer(of: 500, scale: 1) == 127)
    }

    @Test("the searched scale is never worse than max-abs and better with an outlier")
    func searchedScale() {
        var random = RandomNumbers(seed: 9)
        for round in 0..<20 {
            var weights = random.normals(400, deviation: 0.1)
            if round.isMultiple(of: 2) { weights[17] = 0.9 }
            func error(_ method: WeightQuantizer.Method) -> Float {
                let result = WeightQuantizer(method: method).quantize(weights, channelCount: 1).dequantized
                return zip(weights, result).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            #expect(error(.meanSquaredError) <= error(.maxAbs) * 1.0001)
        }
    }

    @Test("importance makes the search favour the weights that matter")
    func importance() {
        // One weight of 1.0 that meets silence, many small ones that meet signal.
        var random = RandomNumbers(seed: 10)
        var weights = random.normals(64, deviation: 0.05)
        weights[0] = 1
        var importance = [Float](repeating: 1, count: 64)
        importance[0] = 0
        let plain = WeightQuantizer(method: .meanSquaredError).quantize(weights, channelCount: 1)
        let weighted = WeightQuantizer(method: .meanSquaredError).quantize(
            weights, channelCount: 1, importance: importance)
        #expect(weighted.scales[0] < plain.scales[0])
    }

    @Test("a channel of zeros stays zero")
    func zeros() {
        let result = WeightQuantizer(method: .meanSquaredError).quantize([0, 0, 0], channelCount: 1)
        #expect(result.integers == [0, 0, 0])
        #expect(result.scales[0] > 0)
    }
}
