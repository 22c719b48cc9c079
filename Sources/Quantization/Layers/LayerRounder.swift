import Tensors

/// Rounds one layer's weights, corrects its bias and measures what is left of the error.
///
/// Decisions are made on three quarters of the patches; the rest judge them, so that the reported ratio is one for data
/// that the rounding has not seen.
struct LayerRounder {
    let layer: ConvolutionLayer
    let weights: [Float]
    let bias: [Float]?

    /// The layer's inputs in the float network.
    let patches: LayerSamples

    /// Those of the layer's input.
    let parameters: QuantizationParameters

    let options: QuantizerOptions

    func round() -> (LayerIntegers, LayerReport) {
        let inputs = patches.quantized(by: parameters, channelCount: layer.inputChannels)
        let fitted = patches.patchCount - patches.patchCount / 4
        let judged = (fitted < patches.patchCount ? fitted : 0)..<patches.patchCount
        let float = patches.products(with: weights, of: layer)

        func measure(_ candidate: QuantizedWeights) -> Outcome {
            let sums = inputs.products(with: candidate.dequantized, of: layer)
            let correction = BiasCorrection(error(float, sums, rows: 0..<fitted))
            let corrections = options.correctsBias ? correction.corrections : zeros
            let ratio = error(float, sums, rows: judged).signalToNoiseRatio(correcting: corrections)
            return Outcome(
                weights: candidate, corrections: corrections, skipped: options.correctsBias ? correction.skipped : 0,
                ratio: ratio)
        }

        let quantizer = WeightQuantizer(method: options.searchesWeightScales ? .meanSquaredError : .maxAbs)
        let nearest = quantizer.quantize(weights, channelCount: layer.outputChannels, importance: importance)
        var best = measure(nearest)
        if options.weightRounding == .errorFeedback, let adapted = roundWithFeedback(nearest, inputs, fitted) {
            let outcome = measure(adapted)
            if outcome.ratio > best.ratio { best = outcome }
        }
        return (integers(of: best), report(of: best, float, inputs, judged))
    }

    private struct Outcome {
        let weights: QuantizedWeights
        let corrections: [Double]
        let skipped: Int
        let ratio: Double
    }

    private var zeros: [Double] { [Double](repeating: 0, count: layer.outputChannels) }

    private func error(_ float: [Float], _ quantized: [Float], rows: Range<Int>) -> LayerError {
        LayerError(float: float, quantized: quantized, channelCount: layer.outputChannels, rows: rows)
    }

    private func integers(of outcome: Outcome) -> LayerIntegers {
        guard outcome.corrections.contains(where: { $0 != 0 }) else {
            return LayerIntegers(weights: outcome.weights, bias: nil)
        }
        let original = bias ?? [Float](repeating: 0, count: layer.outputChannels)
        let corrected = zip(original, outcome.corrections).map { Float(Double($0) - $1) }
        return LayerIntegers(weights: outcome.weights, bias: corrected)
    }

    private func report(
        of outcome: Outcome, _ float: [Float], _ inputs: LayerSamples, _ judged: Range<Int>
    ) -> LayerReport {
        func ratioWithoutShift(_ sums: [Float]) -> Double {
            let error = error(float, sums, rows: judged)
            return error.signalToNoiseRatio(correcting: error.shift)
        }
        return LayerReport(
            name: layer.name, signalToNoiseRatio: outcome.ratio,
            inputSignalToNoiseRatio: ratioWithoutShift(inputs.products(with: weights, of: layer)),
            weightSignalToNoiseRatio: ratioWithoutShift(
                patches.products(with: outcome.weights.dequantized, of: layer)),
            correctedChannels: outcome.corrections.count { $0 != 0 }, skippedChannels: outcome.skipped)
    }

    /// Layers with more weights per output than this are rounded to nearest: the covariance would not fit in memory.
    private static let largestTermCount = 4608

    private func roundWithFeedback(_ nearest: QuantizedWeights, _ inputs: LayerSamples, _ rows: Int)
        -> QuantizedWeights?
    {
        let (terms, outputs) = (layer.termCount, layer.groupOutputChannels)
        guard terms <= Self.largestTermCount else { return nil }
        var result = nearest
        for group in 0..<layer.groups {
            guard
                let rounding = ErrorFeedbackRounding(
                    patches: inputs, rowCount: rows, firstTerm: group * terms, termCount: terms,
                    damping: options.feedbackDamping)
            else { continue }
            let channels = group * outputs..<(group + 1) * outputs
            let range = channels.lowerBound * terms..<channels.upperBound * terms
            let integers = rounding.round(Array(weights[range]), scales: Array(nearest.scales[channels]))
            result.integers.replaceSubrange(range, with: integers)
        }
        return result
    }

    /// The mean square of the input that each weight meets.
    private var importance: [Float]? {
        guard patches.patchCount > 0 else { return nil }
        let powers = patches.powers
        let terms = layer.termCount
        var result: [Float] = []
        result.reserveCapacity(layer.outputChannels * terms)
        for channel in 0..<layer.outputChannels {
            let first = channel / layer.groupOutputChannels * terms
            result += powers[first..<first + terms]
        }
        return result
    }
}
