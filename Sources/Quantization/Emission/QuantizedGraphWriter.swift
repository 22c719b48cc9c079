import ONNX
import Operators
import Tensors

/// Writes the quantiser's decisions into a graph as QuantizeLinear and DequantizeLinear nodes.
///
/// Each quantised value `v` becomes `v -> QuantizeLinear -> DequantizeLinear`, and the readers that work on integers
/// read the end of that chain; all others read `v`. Values of a group name the same scale and zero point initialisers.
/// Weights become int8 initialisers with a DequantizeLinear along axis 0; biases stay float. The graph's text alone
/// defines the arithmetic.
package struct QuantizedGraphWriter {
    private var nodes: [Node] = []
    private var initializers: [String: Tensor]
    private var types: [String: ValueType]
    private var takenNames: Set<String>
    private let source: StaticGraph
    private let placement: Placement

    /// What integer readers of a value read instead of it.
    package private(set) var dequantizedNames: [String: String] = [:]

    /// Scale and zero point names of each group.
    private var parameterNames: [(written: ParameterNames, stored: ParameterNames)] = []
    private let parameters: [ActivationParameters]

    private struct ParameterNames {
        let scale: String
        let zeroPoint: String
    }

    /// - Parameter parameters: those of each of the placement's groups.
    init(_ source: StaticGraph, placement: Placement, parameters: [ActivationParameters]) {
        self.source = source
        self.placement = placement
        self.parameters = parameters
        initializers = source.graph.initializers
        types = source.types
        takenNames = Set(source.types.keys).union(source.graph.nodes.map(\.name))
        takenNames.formUnion(source.graph.initializers.keys)
    }

    /// - Parameter layers: the integers of each of the placement's layers.
    package mutating func write(_ layers: [LayerIntegers]) -> StaticGraph {
        for (group, parameters) in zip(placement.groups, parameters) { addParameters(parameters, of: group) }
        for input in source.graph.inputs { quantize(input.name, computedFromIntegers: false) }
        let layerOfNode = Dictionary(
            uniqueKeysWithValues: placement.layers.indices.map { (placement.layers[$0].nodeIndex, $0) })
        for (nodeIndex, original) in source.graph.nodes.enumerated() {
            var node = original
            for input in node.inputs.indices
            where placement.integerReadings.contains(GraphIndex.Reading(node: nodeIndex, input: input)) {
                node.inputs[input] = dequantizedNames[node.inputs[input]] ?? node.inputs[input]
            }
            let readsIntegers = node.inputs != original.inputs
            if let layer = layerOfNode[nodeIndex] {
                replaceWeights(of: &node, placement.layers[layer], with: layers[layer])
            }
            nodes.append(node)
            for output in node.outputs { quantize(output, computedFromIntegers: readsIntegers) }
        }
        var graph = source.graph
        graph.nodes = nodes
        let used = Set(nodes.flatMap(\.inputs)).union(graph.outputs.map(\.name))
        graph.initializers = initializers.filter { used.contains($0.key) }
        return StaticGraph(graph: graph, types: types)
    }

    // MARK: Activations

    private mutating func addParameters(_ parameters: ActivationParameters, of group: ParameterGroup) {
        let base = group.values.first ?? "group"
        let stored = addParameters(parameters.stored, base)
        let written = parameters.channelScales == nil ? stored : addParameters(parameters.written, base + "_channel")
        parameterNames.append((written, stored))
    }

    private mutating func addParameters(_ parameters: QuantizationParameters, _ base: String) -> ParameterNames {
        let names = ParameterNames(scale: unique(base + "_scale"), zeroPoint: unique(base + "_zero_point"))
        let shape: Shape = parameters.axis == nil ? [] : [parameters.scales.count]
        addInitializer(names.scale, Tensor(parameters.scales, shape: shape))
        addInitializer(names.zeroPoint, Tensor(parameters.zeroPoints.map { UInt8(clamping: $0) }, shape: shape))
        return names
    }

    private mutating func quantize(_ value: String, computedFromIntegers: Bool) {
        guard let group = placement.groupOfValue[value], let type = types[value] else { return }
        let (written, stored) = parameterNames[group]
        let input = computedFromIntegers && parameters[group].written.axis != nil ? keptApart(value, type) : value
        let quantized = unique(value + "_quantized")
        let dequantized = unique(value + "_dequantized")
        dequantizedNames[value] = dequantized
        nodes.append(
            Node(
                name: unique(value + "_QuantizeLinear"), operatorType: "QuantizeLinear",
                inputs: [input, written.scale, written.zeroPoint], outputs: [quantized],
                attributes: Self.axisAttribute(parameters[group].written)))
        nodes.append(
            Node(
                name: unique(value + "_DequantizeLinear"), operatorType: "DequantizeLinear",
                inputs: [quantized, stored.scale, stored.zeroPoint], outputs: [dequantized],
                attributes: Self.axisAttribute(parameters[group].stored)))
        types[quantized] = ValueType(shape: type.shape, elementType: .uint8)
        types[dequantized] = ValueType(shape: type.shape, elementType: .float32)
    }

    /// The value once more, by a concatenation of nothing else. onnxruntime makes one integer operator of dequantisation,
    /// operator and quantisation even where the last has a scale for each channel, which that operator then refuses; it does not
    /// see through this, and loading here leaves it out.
    private mutating func keptApart(_ value: String, _ type: ValueType) -> String {
        let name = unique(value + "_apart")
        nodes.append(
            Node(
                name: unique(value + "_Concat"), operatorType: "Concat", inputs: [value], outputs: [name],
                attributes: ["axis": .int(1)]))
        types[name] = type
        return name
    }

    private static func axisAttribute(_ parameters: QuantizationParameters) -> [String: AttributeValue] {
        parameters.axis.map { ["axis": .int($0)] } ?? [:]
    }

    // MARK: Weights

    private mutating func replaceWeights(
        of node: inout Node, _ layer: ConvolutionLayer, with integers: LayerIntegers
    ) {
        guard let shape = types[layer.weights]?.shape ?? source.graph.initializers[layer.weights]?.shape else { return }
        // Named after the layer, not the weights: two layers may share weights and still differ in scale or bias.
        let weights = unique(layer.name + "_weight_quantized")
        let scale = unique(layer.name + "_weight_scale")
        let zeroPoint = unique(layer.name + "_weight_zero_point")
        let dequantized = unique(layer.name + "_weight_dequantized")
        let scales = integers.weights.scales
        addInitializer(weights, Tensor(integers.weights.integers, shape: shape))
        addInitializer(scale, Tensor(scales, shape: [scales.count]))
        addInitializer(zeroPoint, Tensor([Int8](repeating: 0, count: scales.count), shape: [scales.count]))
        types[dequantized] = ValueType(shape: shape, elementType: .float32)
        nodes.append(
            Node(
                name: unique(layer.name + "_weight_DequantizeLinear"), operatorType: "DequantizeLinear",
                inputs: [weights, scale, zeroPoint], outputs: [dequantized], attributes: ["axis": .int(0)]))
        node.inputs[1] = dequantized
        guard let bias = integers.bias else { return }
        let name = unique(layer.name + "_bias_corrected")
        addInitializer(name, Tensor(bias, shape: [bias.count]))
        node.inputs = Array(node.inputs.prefix(2)) + [name]
    }

    // MARK: Names

    private mutating func addInitializer(_ name: String, _ tensor: Tensor) {
        initializers[name] = tensor
        types[name] = ValueType(shape: tensor.shape, elementType: tensor.elementType)
    }

    /// The name itself, or with a number when the graph has it already.
    private mutating func unique(_ name: String) -> String {
        var candidate = name
        var number = 2
        while takenNames.contains(candidate) {
            candidate = "\(name)_\(number)"
            number += 1
        }
        takenNames.insert(candidate)
        return candidate
    }
}
