import ONNX
import Operators
import Tensors

/// The integers of every layer, and what they cost.
struct LayerRounding {
    /// In the order of the placement's layers.
    private(set) var layers: [LayerIntegers] = []

    private(set) var reports: [LayerReport] = []

    init(
        _ graph: StaticGraph, _ placement: Placement, _ ranges: RangeSelection, _ observation: Observation,
        options: QuantizerOptions, progress: (_ done: Int, _ total: Int) -> Void
    ) {
        for (done, layer) in placement.layers.enumerated() {
            progress(done, placement.layers.count)
            guard let group = placement.groupOfValue[layer.input],
                let weights = graph.graph.initializers[layer.weights]?.array(of: Float.self)
            else { continue }
            let bias = layer.bias.flatMap { graph.graph.initializers[$0]?.array(of: Float.self) }
            let patches = observation.patches[layer.nodeIndex] ?? LayerSamples(layer: layer, capacity: 0)
            let (integers, report) = Self.round(
                layer, weights, bias, patches, ranges.parameters[group], options: options)
            layers.append(integers)
            reports.append(report)
        }
        progress(placement.layers.count, placement.layers.count)
    }

    private static func round(
        _ layer: ConvolutionLayer, _ weights: [Float], _ bias: [Float]?, _ patches: LayerSamples,
        _ parameters: QuantizationParameters, options: QuantizerOptions
    ) -> (LayerIntegers, LayerReport) {
        let quantizer = WeightQuantizer(method: options.searchesWeightScales ? .meanSquaredError : .maxAbs)
        let integers = quantizer.quantize(
            weights, channelCount: layer.outputChannels, importance: importance(of: layer, patches))
        let float = patches.products(with: weights, of: layer)
        let quantized = patches.quantized(by: parameters, channelCount: layer.inputChannels)
            .products(with: integers.dequantized, of: layer)
        let error = LayerError(float: float, quantized: quantized, channelCount: layer.outputChannels)
        let correction = BiasCorrection(error)
        let corrections =
            options.correctsBias ? correction.corrections : [Double](repeating: 0, count: layer.outputChannels)
        let isCorrected = corrections.contains { $0 != 0 }
        var corrected = bias
        if isCorrected {
            let original = bias ?? [Float](repeating: 0, count: layer.outputChannels)
            corrected = zip(original, corrections).map { Float(Double($0) - $1) }
        }
        let report = LayerReport(
            name: layer.name, signalToNoiseRatio: error.signalToNoiseRatio(correcting: corrections),
            correctedChannels: corrections.count { $0 != 0 },
            skippedChannels: options.correctsBias ? correction.skipped : 0)
        return (LayerIntegers(weights: integers, bias: isCorrected ? corrected : nil), report)
    }

    /// The mean square of the input that each weight meets.
    private static func importance(of layer: ConvolutionLayer, _ patches: LayerSamples) -> [Float]? {
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
