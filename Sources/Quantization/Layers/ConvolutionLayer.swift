import ONNX
import Operators
import Tensors

/// A two-dimensional convolution with constant weights: what the quantiser turns into integers.
package struct ConvolutionLayer: Sendable {
    package let nodeIndex: Int
    package let name: String
    package let input: String
    package let output: String

    /// Initialisers; the bias is absent in some files.
    package let weights: String
    package let bias: String?

    package let groups: Int
    package let inputChannels: Int
    package let outputChannels: Int
    package let inputHeight: Int
    package let inputWidth: Int
    package let outputHeight: Int
    package let outputWidth: Int
    package let kernel: (height: Int, width: Int)
    package let strides: (height: Int, width: Int)
    package let dilations: (height: Int, width: Int)
    package let padding: (top: Int, left: Int)
    package let batch: Int

    /// Inputs of each group.
    package var groupInputChannels: Int { inputChannels / groups }

    /// Outputs of each group.
    package var groupOutputChannels: Int { outputChannels / groups }

    /// Weights that one output channel has: one term of the sum each.
    package var termCount: Int { groupInputChannels * kernel.height * kernel.width }

    /// Each output channel reads one input channel: a depthwise convolution, whose inputs may have scales of their own.
    package var isDepthwise: Bool { groups > 1 && groupInputChannels == 1 }

    /// The layer's weights with those of each input channel multiplied by a factor.
    package func weights(_ weights: [Float], multipliedBy factors: [Float]?) -> [Float] {
        guard let factors else { return weights }
        let taps = kernel.height * kernel.width
        var result = weights
        for output in 0..<outputChannels {
            let firstChannel = output / groupOutputChannels * groupInputChannels
            for term in 0..<termCount { result[output * termCount + term] *= factors[firstChannel + term / taps] }
        }
        return result
    }

    /// Reads a `Conv` node.
    ///
    /// - Returns: the layer, or the reason why the node is not one that can be quantised.
    package static func read(_ index: Int, of graph: StaticGraph) -> Result<ConvolutionLayer, Refusal> {
        let node = graph.graph.nodes[index]
        guard node.inputs.count >= 2, let output = node.outputs.first,
            let weights = graph.graph.initializers[node.inputs[1]]
        else { return .failure(Refusal("its weights are not constant")) }
        guard weights.elementType == .float32 else {
            return .failure(Refusal("its weights are \(weights.elementType)"))
        }
        let biasName = node.inputs.count > 2 && !node.inputs[2].isEmpty ? node.inputs[2] : nil
        if let biasName, graph.graph.initializers[biasName]?.elementType != .float32 {
            return .failure(Refusal("its bias is not constant"))
        }
        guard let input = graph.types[node.inputs[0]]?.shape, let result = graph.types[output]?.shape else {
            return .failure(Refusal("its shapes are unknown"))
        }
        guard weights.shape.rank == 4, input.rank == 4, result.rank == 4 else {
            return .failure(Refusal("only two-dimensional convolutions are quantised"))
        }
        guard weights.withElements(as: Float.self, { Extremes(of: $0).isFinite }) else {
            return .failure(Refusal("its weights are not all finite"))
        }
        return make(index, node, weights.shape, input, result, biasName)
    }

    private static func make(
        _ index: Int, _ node: Node, _ weights: Shape, _ input: Shape, _ output: Shape, _ bias: String?
    ) -> Result<ConvolutionLayer, Refusal> {
        let groups = node.integerAttribute("group", default: 1)
        let strides = node.integersAttribute("strides") ?? [1, 1]
        let dilations = node.integersAttribute("dilations") ?? [1, 1]
        guard groups > 0, strides.count == 2, dilations.count == 2, strides.allSatisfy({ $0 > 0 }),
            dilations.allSatisfy({ $0 > 0 }), input[1] == weights[1] * groups, output[1] == weights[0],
            weights[0].isMultiple(of: groups), weights.elementCount > 0
        else { return .failure(Refusal("its attributes do not fit its weights")) }
        var before: [Int] = []
        for axis in 0..<2 {
            let extent = dilations[axis] * (weights[axis + 2] - 1) + 1
            before.append(leadingPadding(node, axis, input[axis + 2], output[axis + 2], strides[axis], extent))
        }
        return .success(
            ConvolutionLayer(
                nodeIndex: index, name: node.name, input: node.inputs[0], output: node.outputs[0],
                weights: node.inputs[1], bias: bias, groups: groups, inputChannels: input[1],
                outputChannels: output[1], inputHeight: input[2], inputWidth: input[3], outputHeight: output[2],
                outputWidth: output[3], kernel: (weights[2], weights[3]), strides: (strides[0], strides[1]),
                dilations: (dilations[0], dilations[1]), padding: (before[0], before[1]), batch: input[0]))
    }

    /// Padding above or left of the image; `auto_pad` as the ONNX operator defines it.
    private static func leadingPadding(
        _ node: Node, _ axis: Int, _ input: Int, _ output: Int, _ stride: Int, _ extent: Int
    ) -> Int {
        let total = max((output - 1) * stride + extent - input, 0)
        switch node.stringAttribute("auto_pad", default: "NOTSET") {
        case "SAME_UPPER": return total / 2
        case "SAME_LOWER": return total - total / 2
        case "VALID": return 0
        default:
            let pads = node.integersAttribute("pads") ?? []
            return pads.count == 4 ? pads[axis] : 0
        }
    }

    /// Why a node stays in float.
    package struct Refusal: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }
}
