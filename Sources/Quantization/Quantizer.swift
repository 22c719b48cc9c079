import ONNX
import Operators
import Tensors

/// Turns a float network into an integer one that computes nearly the same: post-training quantisation.
///
/// Activations become u8 (asymmetric, zero exact), weights s8 with a scale for each output channel; see
/// ``QuantizationPolicy`` for which. One pass over the samples gives histograms of all activations and, for every
/// convolution, patches of its input; everything else is computed from those.
public struct Quantizer {
    private let source: StaticGraph
    private let options: QuantizerOptions

    /// The first operator set whose DequantizeLinear takes scales along an axis.
    static let operatorSetVersion = 13

    /// - Parameter graph: constants folded, batch normalisation folded into convolutions where possible.
    public init(_ graph: StaticGraph, options: QuantizerOptions = QuantizerOptions()) {
        source = graph
        self.options = options
    }

    /// Quantises the network.
    ///
    /// - Parameters:
    ///   - samples: typical inputs; a hundred or more from the target camera make good ranges.
    ///   - network: computes the same float graph.
    ///   - progress: called often, on the caller's thread.
    public mutating func quantize<Network: CalibrationNetwork>(
        samples: some CalibrationSamples, network: inout Network, progress: (QuantizerProgress) -> Void = { _ in }
    ) throws(QuantizationError) -> QuantizedModel {
        try options.validate()
        guard samples.count > 0 else { throw .noSamples }
        let graph = try OperatorSetUpgrade.upgrade(source, to: Self.operatorSetVersion)
        var policy = options.policy
        var planner = PlacementPlanner(graph, policy: policy)
        var placement = try planner.plan()
        let observation = try observe(samples, graph, placement, &network, progress)
        var dropped: [String: String] = [:]
        while true {
            let ranges = RangeSelection(graph, placement, observation, options: options) { done, total in
                progress(QuantizerProgress(stage: .ranging, done: done, total: total))
            }
            let rounding = LayerRounding(graph, placement, ranges, observation, options: options) { done, total in
                progress(QuantizerProgress(stage: .rounding, done: done, total: total))
            }
            let noisy = noisyLayers(rounding.reports)
            guard !noisy.isEmpty else {
                return write(graph, placement, ranges, rounding, observation, dropped, progress)
            }
            dropped.merge(noisy) { first, _ in first }
            policy.floatLayers.formUnion(noisy.keys)
            planner = PlacementPlanner(graph, policy: policy)
            placement = try planner.plan()
        }
    }

    private func observe<Network: CalibrationNetwork>(
        _ samples: some CalibrationSamples, _ graph: StaticGraph, _ placement: Placement, _ network: inout Network,
        _ progress: (QuantizerProgress) -> Void
    ) throws(QuantizationError) -> Observation {
        var observation = Observation(graph, placement, options: options, sampleCount: samples.count)
        for index in 0..<samples.count {
            progress(QuantizerProgress(stage: .observing, done: index, total: samples.count))
            try observation.add(try samples.sample(at: index), index: index, network: &network)
        }
        progress(QuantizerProgress(stage: .observing, done: samples.count, total: samples.count))
        return observation
    }

    /// Layers whose integers would be too far from the float ones, with the words for the report.
    private func noisyLayers(_ reports: [LayerReport]) -> [String: String] {
        guard let minimum = options.minimumSignalToNoiseRatio else { return [:] }
        var result: [String: String] = [:]
        for report in reports where report.signalToNoiseRatio < minimum {
            let ratio = (report.signalToNoiseRatio * 10).rounded() / 10
            result[report.name] = "signal-to-noise ratio \(ratio) dB is below \(minimum) dB"
        }
        return result
    }

    private func write(
        _ graph: StaticGraph, _ placement: Placement, _ ranges: RangeSelection, _ rounding: LayerRounding,
        _ observation: Observation,
        _ dropped: [String: String], _ progress: (QuantizerProgress) -> Void
    ) -> QuantizedModel {
        progress(QuantizerProgress(stage: .writing, done: 0, total: 1))
        var writer = QuantizedGraphWriter(graph, placement: placement, parameters: ranges.parameters)
        var result = writer.write(rounding.layers)
        let floatLayers = placement.floatLayers.map { layer in
            FloatLayer(name: layer.name, reason: dropped[layer.name] ?? layer.reason)
        }
        let report = QuantizationReport(
            network: graph.graph.name, method: options.method, sampleCount: observation.sampleCount,
            digest: observation.digest.text, tensors: ranges.reports, layers: rounding.reports,
            floatLayers: floatLayers)
        result.graph.metadata["sightline.quantization.method"] = "\(options.method)"
        result.graph.metadata["sightline.quantization.samples"] = "\(observation.sampleCount)"
        result.graph.metadata["sightline.quantization.samples_digest"] = observation.digest.text
        result.graph.metadata[ByteAttention.metadataKey] = ByteAttention.metadataValue
        progress(QuantizerProgress(stage: .writing, done: 1, total: 1))
        return QuantizedModel(staticGraph: result, report: report)
    }
}
