import ONNX
import Tensors

/// Folds scales and shifts per channel into the weights and bias of the convolution before them.
///
/// A convolution takes them only if nobody else reads its output, and if its weights are constants of single precision.
struct AffineFolding {
    /// The operand (index of the input) that a node scales and shifts, and how; nil for other nodes.
    typealias Rule = (Node, StaticGraph) -> (operand: Int, affine: ChannelAffine)?

    private var result: StaticGraph
    private var readers: [String: Int]
    private var writers: [String: Int] = [:]

    static func apply(to graph: StaticGraph, rule: Rule) -> StaticGraph {
        var folding = AffineFolding(graph)
        for node in graph.graph.nodes {
            guard let (operand, affine) = rule(node, graph), folding.fold(affine, node, operand) else {
                folding.append(node)
                continue
            }
        }
        return folding.result.removingDeadCode()
    }

    private init(_ graph: StaticGraph) {
        result = graph
        result.graph.nodes = []
        readers = graph.readerCounts
    }

    private mutating func append(_ node: Node) {
        for output in node.outputs { writers[output] = result.graph.nodes.count }
        result.graph.nodes.append(node)
    }

    private mutating func fold(_ affine: ChannelAffine, _ node: Node, _ operand: Int) -> Bool {
        let value = node.inputs[operand]
        guard readers[value] == 1, let index = writers[value], let output = node.outputs.first,
            // The constant must not widen the value.
            result.types[output] == result.types[value],
            var convolution = scaled(result.graph.nodes[index], by: affine)
        else { return false }
        convolution.outputs = [output]
        result.graph.nodes[index] = convolution
        writers[output] = index
        return true
    }

    /// The convolution with the affine in its weights and bias; nil when the node is none, or its weights are not known.
    private mutating func scaled(_ node: Node, by affine: ChannelAffine) -> Node? {
        guard node.domain.isEmpty, ["Conv", "ConvTranspose"].contains(node.operatorType), node.inputs.count >= 2,
            let weights = result.graph.initializers[node.inputs[1]], weights.elementType == .float32
        else { return nil }
        let channels = affine.scale.count
        var bias = [Float](repeating: 0, count: channels)
        if node.inputs.count > 2, !node.inputs[2].isEmpty {
            guard let given = result.graph.floats(node.inputs[2]) else { return nil }
            bias = given
        }
        guard bias.count == channels, let scaledWeights = Self.scale(weights, of: node, by: affine.scale) else {
            return nil
        }
        let newBias = bias.indices.map { Float(affine.scale[$0] * Double(bias[$0]) + affine.shift[$0]) }
        var folded = node
        folded.inputs = [
            node.inputs[0], addConstant(scaledWeights, like: node.inputs[1]),
            addConstant(Tensor(newBias, shape: [channels]), like: node.name + ".bias"),
        ]
        return folded
    }

    /// Weights are (output channels, ...) for Conv, (input channels, output channels of the group, ...) for ConvTranspose.
    private static func scale(_ weights: Tensor, of node: Node, by scale: [Double]) -> Tensor? {
        var groups = 1
        if case .int(let given)? = node.attributes["group"] { groups = given }
        let shape = weights.shape
        let isTransposed = node.operatorType == "ConvTranspose"
        let taps = shape.dimensions[2...].reduce(1, *)
        guard groups > 0, shape[0] % groups == 0, scale.count == (isTransposed ? shape[1] * groups : shape[0]) else {
            return nil
        }
        var scaled = weights
        scaled.withMutableElements(as: Float.self) { elements in
            for first in 0..<shape[0] {
                for second in 0..<shape[1] {
                    let channel = isTransposed ? first / (shape[0] / groups) * shape[1] + second : first
                    let start = (first * shape[1] + second) * taps
                    for index in start..<start + taps {
                        elements[index] = Float(Double(elements[index]) * scale[channel])
                    }
                }
            }
        }
        return scaled
    }

    /// Adds an initialiser under a name that is free. Others may read the original, so that one stays as it is.
    private mutating func addConstant(_ tensor: Tensor, like base: String) -> String {
        result.addConstant(tensor, named: base + ".folded")
    }
}
