import ONNX
import Operators
import Tensors

/// Chooses the unit of each channel of a value that only convolutions read.
///
/// A tensor's step is set by its loudest channels; quiet ones get few integers. Dividing each channel by a power of its
/// own range evens that out, at the price of weights that differ more between input channels (Xiao et al.,
/// "SmoothQuant", 2023; equalisation across layers cannot do it here, as SiLU is not homogeneous). Which power pays is
/// measured on the layers' own sums, rounding of weights included.
struct ChannelScaleSearch {
    private let readers: [Reader]
    private let channels: [StreamingHistogram]
    private let ranges: [Float]
    private let options: QuantizerOptions

    /// A convolution that reads the value.
    private struct Reader {
        let layer: ConvolutionLayer
        let weights: [Float]
        let patches: LayerSamples
        /// The sums of the float network.
        let sums: [Float]
    }

    /// Powers of a channel's relative range; the first changes nothing.
    private static let exponents: [Float] = [0, 0.25, 0.5, 0.75, 1]

    /// A channel that is quieter than this share of the loudest one is treated as if it had this share.
    private static let smallestScale: Float = 1 / 64

    /// Patches that a candidate is judged by.
    private static let patchLimit = 384

    /// - Returns: nil for a value that not only quantised convolutions read, or that shares its parameters.
    init?(
        _ group: ParameterGroup, _ graph: StaticGraph, _ index: GraphIndex, _ placement: Placement,
        _ observation: Observation, options: QuantizerOptions
    ) {
        guard options.policy.channelScaling != .off, group.values.count == 1,
            let statistics = observation.statistics[group.values[0]], !statistics.channels.isEmpty
        else { return nil }
        let readings = index.readings(of: group.values[0]).filter(placement.integerReadings.contains)
        var readers: [Reader] = []
        for reading in readings {
            guard let layer = placement.layers.first(where: { $0.nodeIndex == reading.node }),
                let weights = graph.graph.initializers[layer.weights]?.array(of: Float.self),
                let patches = observation.patches[layer.nodeIndex]?.prefix(Self.patchLimit), patches.patchCount > 0
            else { return nil }
            readers.append(
                Reader(
                    layer: layer, weights: weights, patches: patches, sums: patches.products(with: weights, of: layer)))
        }
        guard !readers.isEmpty else { return nil }
        self.readers = readers
        self.options = options
        channels = statistics.channels
        ranges = statistics.channels.map { RangeSearch([$0]).percentile(0.9999) }.map { max(-$0.lower, $0.upper) }
    }

    /// The best parameters, which are those given unless something else gains enough.
    func choose(_ plain: ActivationParameters) -> ActivationParameters {
        let importance = importance
        let base = ratio(of: plain)
        var best = (parameters: plain, ratio: base)
        // With a power of 0 the range alone follows the weights, which costs nothing at run time.
        if options.method == .meanSquaredError {
            let weighted = candidate(scales: nil, importance)
            let ratio = ratio(of: weighted)
            if ratio > best.ratio { best = (weighted, ratio) }
        }
        guard case .whereItGains(let minimum) = options.policy.channelScaling else { return best.parameters }
        let unscaled = best.ratio
        for exponent in Self.exponents.dropFirst() {
            let scaled = candidate(scales: scales(exponent), importance)
            let ratio = ratio(of: scaled)
            if ratio > max(best.ratio, unscaled + minimum) { best = (scaled, ratio) }
        }
        return best.parameters
    }

    /// Parameters of each channel where they gain enough over those of the whole value.
    func choose(_ each: ActivationParameters, over whole: ActivationParameters) -> ActivationParameters {
        guard case .whereItGains(let minimum) = options.policy.channelScaling else { return each }
        return ratio(of: each) >= ratio(of: whole) + minimum ? each : whole
    }

    private func scales(_ exponent: Float) -> [Float] {
        let loudest = ranges.max() ?? 0
        guard loudest > 0 else { return [Float](repeating: 1, count: ranges.count) }
        return ranges.map { Power.of(max($0 / loudest, Self.smallestScale), exponent) }
    }

    private func candidate(scales: [Float]?, _ importance: [Double]) -> ActivationParameters {
        let factors = scales ?? [Float](repeating: 1, count: channels.count)
        // Errors count in the value's own units: divided values err by less, times the factor.
        let weights = zip(importance, factors).map { options.method == .meanSquaredError ? $0 * Double($1 * $1) : 1 }
        let merged = StreamingHistogram(merging: channels, dividingBy: factors, weights: weights)
        return ActivationParameters(RangeSearch([merged]).range(by: options.method).parameters, channelScales: scales)
    }

    /// How much an error of each channel weighs in the readers' sums, relative to these.
    private var importance: [Double] {
        var result = [Double](repeating: 0, count: channels.count)
        for reader in readers {
            let layer = reader.layer
            let error = LayerError(float: reader.sums, quantized: reader.sums, channelCount: layer.outputChannels)
            let signal = error.signalVariance.reduce(0, +)
            guard signal > 0 else { continue }
            let taps = layer.kernel.height * layer.kernel.width
            for output in 0..<layer.outputChannels {
                let firstChannel = output / layer.groupOutputChannels * layer.groupInputChannels
                for term in 0..<layer.termCount {
                    let weight = Double(reader.weights[output * layer.termCount + term])
                    result[firstChannel + term / taps] += weight * weight / signal
                }
            }
        }
        return result
    }

    /// Mean signal-to-noise ratio of the readers' sums in decibels, their means left out.
    private func ratio(of parameters: ActivationParameters) -> Double {
        var sum = 0.0
        for reader in readers {
            let layer = reader.layer
            let inputs = reader.patches.divided(by: parameters.channelScales, channelCount: layer.inputChannels)
                .quantized(by: parameters.stored, channelCount: layer.inputChannels)
            let weights = layer.weights(reader.weights, multipliedBy: parameters.channelScales)
            let rounded = WeightQuantizer(method: .maxAbs).quantize(weights, channelCount: layer.outputChannels)
            let error = LayerError(
                float: reader.sums, quantized: inputs.products(with: rounded.dequantized, of: layer),
                channelCount: layer.outputChannels)
            sum += min(error.signalToNoiseRatio(correcting: error.shift), 200)
        }
        return sum / Double(readers.count)
    }
}
