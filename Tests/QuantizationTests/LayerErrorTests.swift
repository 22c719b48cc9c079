import Testing

import Quantization

@Suite("Layer error and bias correction")
struct LayerErrorTests {
    @Test("signal-to-noise ratio of known values")
    func knownRatio() {
        // One channel: signal variance 1, error variance 0.01, no shift: 20 dB.
        let float: [Float] = [1, -1, 1, -1]
        let quantized: [Float] = [1.1, -0.9, 0.9, -1.1]
        let error = LayerError(float: float, quantized: quantized, channelCount: 1)
        #expect(abs(error.shift[0]) < 1e-6)
        #expect(abs(error.signalToNoiseRatio(correcting: [0]) - 20) < 1e-3)
    }

    @Test("correcting the shift leaves only the variance")
    func correction() {
        let float: [Float] = [1, 10, -1, -10, 1, 10, -1, -10]
        let quantized: [Float] = [1.5, 10, -0.5, -10, 1.5, 10, -0.5, -10]
        let error = LayerError(float: float, quantized: quantized, channelCount: 2)
        #expect(abs(error.shift[0] - 0.5) < 1e-9)
        #expect(error.shift[1] == 0)
        let correction = BiasCorrection(error)
        #expect(abs(correction.corrections[0] - 0.5) < 1e-6)
        #expect(correction.corrections[1] == 0)
        #expect(error.signalToNoiseRatio(correcting: correction.corrections) == .infinity)
    }

    @Test("a shift that chance explains is not corrected")
    func insignificantShift() {
        var random = RandomNumbers(seed: 11)
        let float = random.normals(400)
        let quantized = float.map { $0 + random.normal(deviation: 0.1) }
        let error = LayerError(float: float, quantized: quantized, channelCount: 1)
        #expect(abs(BiasCorrection(error).corrections[0]) <= abs(error.shift[0]))
    }

    @Test("a shift larger than the signal is skipped")
    func absurdShift() {
        let float: [Float] = [1, -1, 1, -1]
        let error = LayerError(float: float, quantized: float.map { $0 + 30 }, channelCount: 1)
        let correction = BiasCorrection(error)
        #expect(correction.corrections == [0])
        #expect(correction.skipped == 1)
    }
}
