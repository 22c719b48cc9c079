import ONNX
import Tensors

extension StaticGraph {
    /// The graph with every ConvTranspose whose windows do not overlap written as a pointwise Conv and a DepthToSpace.
    ///
    /// Each input pixel of such a layer makes a block of output pixels of its own, so the block's pixels may as well be
    /// channels first and be put into their places afterwards. Convolutions are what int8 kernels and quantisers do best. An
    /// activation behind the layer is moved in front of the DepthToSpace, so that it still follows the convolution.
    public func replacingTransposedConvolutions() -> StaticGraph {
        SubpixelRewriting(self).rewritten()
    }
}

/// Rewrites a graph's transposed convolutions.
private struct SubpixelRewriting {
    private let source: StaticGraph
    private var result: StaticGraph
    private var readers: [String: [Int]] = [:]
    /// Nodes whose work a rewritten layer does.
    private var moved: Set<Int> = []

    init(_ graph: StaticGraph) {
        source = graph
        result = graph
        result.graph.nodes = []
        for (index, node) in graph.graph.nodes.enumerated() {
            for name in node.inputs { readers[name, default: []].append(index) }
        }
    }

    func rewritten() -> StaticGraph {
        var copy = self
        for (index, node) in source.graph.nodes.enumerated() where !copy.moved.contains(index) {
            if let layer = SubpixelLayer(node, in: source) {
                copy.append(layer, of: node)
            } else {
                copy.result.graph.nodes.append(node)
            }
        }
        return copy.result.removingDeadCode()
    }

    private mutating func append(_ layer: SubpixelLayer, of node: Node) {
        let depth = addValue(node.outputs[0] + "_blocks", layer.depthShape)
        var inputs = [node.inputs[0], result.addConstant(layer.weights, named: node.name + ".weights")]
        if let bias = layer.bias { inputs.append(result.addConstant(bias, named: node.name + ".bias")) }
        result.graph.nodes.append(
            Node(
                name: node.name, operatorType: "Conv", inputs: inputs, outputs: [depth],
                attributes: ["kernel_shape": .ints([1, 1])]))
        var last = depth
        var output = node.outputs[0]
        if let (index, activation) = activation(behind: output, layer) {
            moved.insert(index)
            output = activation.outputs[0]
            last = addValue(output + "_blocks", layer.depthShape)
            var copy = activation
            copy.inputs[0] = depth
            copy.outputs = [last]
            if activation.operatorType == "PRelu", let slopes = layer.repeatedSlopes(activation, in: source) {
                copy.inputs[1] = result.addConstant(slopes, named: activation.name + ".slopes")
            }
            result.graph.nodes.append(copy)
        }
        result.graph.nodes.append(
            Node(
                name: node.name + "_DepthToSpace", operatorType: "DepthToSpace", inputs: [last], outputs: [output],
                attributes: ["blocksize": .int(layer.block), "mode": .string("DCR")]))
    }

    /// The activation that alone reads a value, where it does the same to every pixel.
    private func activation(behind value: String, _ layer: SubpixelLayer) -> (index: Int, node: Node)? {
        guard let indices = readers[value], indices.count == 1,
            !source.graph.outputs.contains(where: { $0.name == value })
        else { return nil }
        let node = source.graph.nodes[indices[0]]
        guard node.domain.isEmpty, node.inputs.first == value, node.outputs.count == 1 else { return nil }
        switch node.operatorType {
        case "Relu", "LeakyRelu": return (indices[0], node)
        case "PRelu": return layer.repeatedSlopes(node, in: source) == nil ? nil : (indices[0], node)
        default: return nil
        }
    }

    private mutating func addValue(_ base: String, _ shape: Shape) -> String {
        let name = result.unusedName(base)
        result.types[name] = ValueType(shape: shape, elementType: .float32)
        return name
    }
}

/// A transposed convolution whose kernel is as large as its stride, as the pointwise convolution that it is.
private struct SubpixelLayer {
    /// Rows and columns of output pixels that one input pixel makes.
    let block: Int
    /// Of the layer itself.
    let channels: Int
    /// [block row][block column][channel] x [input channel] x 1 x 1.
    let weights: Tensor
    let bias: Tensor?
    /// Of the pointwise convolution's result.
    let depthShape: Shape

    init?(_ node: Node, in graph: StaticGraph) {
        guard node.operatorType == "ConvTranspose", node.domain.isEmpty, node.inputs.count >= 2,
            let weights = graph.graph.floats(node.inputs[1]), let shape = graph.types[node.inputs[1]]?.shape,
            let input = graph.types[node.inputs[0]]?.shape, let output = graph.types[node.outputs[0]]?.shape,
            shape.rank == 4, input.rank == 4, shape[2] == shape[3], shape[2] > 1, shape[0] == input[1],
            shape[1] == output[1], output[2] == input[2] * shape[2], output[3] == input[3] * shape[2],
            Self.hasOwnBlocks(node, block: shape[2])
        else { return nil }
        block = shape[2]
        channels = shape[1]
        let taps = block * block
        var pointwise = [Float](repeating: 0, count: weights.count)
        for inputChannel in 0..<shape[0] {
            for channel in 0..<shape[1] {
                for tap in 0..<taps {
                    pointwise[(tap * shape[1] + channel) * shape[0] + inputChannel] =
                        weights[(inputChannel * shape[1] + channel) * taps + tap]
                }
            }
        }
        self.weights = Tensor(pointwise, shape: [taps * shape[1], shape[0], 1, 1])
        depthShape = [input[0], taps * shape[1], input[2], input[3]]
        guard node.inputs.count > 2, !node.inputs[2].isEmpty else {
            bias = nil
            return
        }
        guard let given = graph.graph.floats(node.inputs[2]), given.count == shape[1] else { return nil }
        bias = Tensor((0..<taps).flatMap { _ in given }, shape: [taps * shape[1]])
    }

    /// Whether strides are the kernel's extents and nothing is cut or added.
    private static func hasOwnBlocks(_ node: Node, block: Int) -> Bool {
        func list(_ name: String, default value: [Int]) -> [Int] {
            if case .ints(let given)? = node.attributes[name] { return given }
            return value
        }
        if case .int(let groups)? = node.attributes["group"], groups != 1 { return false }
        return list("strides", default: [1, 1]) == [block, block] && list("dilations", default: [1, 1]) == [1, 1]
            && list("pads", default: [0, 0, 0, 0]).allSatisfy { $0 == 0 }
            && list("output_padding", default: [0, 0]).allSatisfy { $0 == 0 }
    }

    /// A PRelu's slopes for the channels of the pointwise convolution; nil where they are not one for each channel.
    func repeatedSlopes(_ node: Node, in graph: StaticGraph) -> Tensor? {
        guard node.inputs.count == 2, let slopes = graph.graph.floats(node.inputs[1]),
            let shape = graph.types[node.inputs[1]]?.shape
        else { return nil }
        if slopes.count == 1 { return Tensor(slopes, shape: [1, 1, 1]) }
        guard slopes.count == channels, shape.dimensions.suffix(3) == [channels, 1, 1] else { return nil }
        return Tensor((0..<block * block).flatMap { _ in slopes }, shape: [block * block * channels, 1, 1])
    }
}
