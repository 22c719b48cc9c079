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
            let parameters = ranges.parameters[group]
            let rounder = LayerRounder(
                layer: layer, weights: layer.weights(weights, multipliedBy: parameters.channelScales), bias: bias,
                patches: patches.divided(by: parameters.channelScales, channelCount: layer.inputChannels),
                parameters: parameters.stored, options: options)
            let (integers, report) = rounder.round()
            layers.append(integers)
            reports.append(report)
        }
        progress(placement.layers.count, placement.layers.count)
    }
}
