import ONNX
import Operators
import Tensors

/// Everything that one pass over the calibration samples leaves behind.
struct Observation {
    /// Of every value that may become integer.
    private(set) var statistics: [String: ActivationStatistics] = [:]

    /// Of every convolution that may, by node index.
    private(set) var patches: [Int: LayerSamples] = [:]

    private(set) var sampleCount = 0
    private(set) var digest = SampleDigest()

    private let layersOfValue: [String: [ConvolutionLayer]]
    private let names: [String]
    private let patchesPerSample: Int

    init(_ graph: StaticGraph, _ placement: Placement, options: QuantizerOptions, sampleCount: Int) {
        let inputs = Set(graph.graph.inputs.map(\.name))
        layersOfValue = Dictionary(grouping: placement.layers, by: \.input)
        patchesPerSample = max(1, (options.patchesPerLayer + sampleCount - 1) / sampleCount)
        names = placement.groups.flatMap(\.values)
        for name in names {
            let readers = layersOfValue[name] ?? []
            let channelCount = readers.first?.inputChannels ?? 0
            statistics[name] = ActivationStatistics(
                channelCount: channelCount, limit: options.elementsPerSample,
                checksPixels: options.policy.recognizesPixelInputs && inputs.contains(name))
        }
        for layer in placement.layers {
            patches[layer.nodeIndex] = LayerSamples(layer: layer, capacity: patchesPerSample * sampleCount)
        }
    }

    /// Runs the network on one sample and looks at all values.
    mutating func add(
        _ sample: [String: Tensor], index: Int, network: inout some CalibrationNetwork
    ) throws(QuantizationError) {
        var missing = Set(names)
        var notFinite: String?
        try network.run(sample, observing: names) { name, elements, shape in
            missing.remove(name)
            guard statistics[name]?.add(elements, shape) == true else {
                notFinite = notFinite ?? name
                return
            }
            for layer in layersOfValue[name] ?? [] {
                patches[layer.nodeIndex]?.gather(patchesPerSample, from: elements, of: layer)
            }
        }
        if let notFinite { throw .notFinite(value: notFinite, sample: index) }
        if let name = missing.min() { throw .missingValue(name: name) }
        digest.add(sample)
        sampleCount += 1
    }
}
