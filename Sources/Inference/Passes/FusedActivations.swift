import ONNX
import Operators

/// Recognises activations that exporters spell with several nodes, and makes one node of each, so that they can follow a
/// convolution in the same step.
enum FusedActivations {
    /// The domain of nodes that this pass makes.
    static let domain = "sightline"
    /// x * sigmoid(x).
    static let silu = "SiLU"

    static func apply(to graph: StaticGraph) -> StaticGraph {
        var result = graph
        let outputs = Set(graph.graph.outputs.map(\.name))
        var readers: [String: [Int]] = [:]
        for (index, node) in graph.graph.nodes.enumerated() {
            for name in node.inputs { readers[name, default: []].append(index) }
        }
        var removed: Set<Int> = []
        for (index, node) in graph.graph.nodes.enumerated() where isGate(node) {
            // The gate's only use is to be multiplied with what it was made from.
            guard let gate = node.outputs.first, !outputs.contains(gate), readers[gate]?.count == 1,
                let productIndex = readers[gate]?.first, let x = node.inputs.first
            else { continue }
            let product = graph.graph.nodes[productIndex]
            guard product.operatorType == "Mul", product.inputs.count == 2, Set(product.inputs) == [x, gate],
                product.outputs.count == 1
            else { continue }
            let type = node.operatorType == "Sigmoid" ? silu : "HardSwish"
            result.graph.nodes[productIndex] = Node(
                name: product.name, operatorType: type, domain: domain, inputs: [x], outputs: product.outputs)
            removed.insert(index)
        }
        result.graph.nodes = result.graph.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
        return result
    }

    /// Sigmoid, or the hard sigmoid that belongs to hard swish.
    private static func isGate(_ node: Node) -> Bool {
        guard node.domain.isEmpty else { return false }
        if node.operatorType == "Sigmoid" { return true }
        guard node.operatorType == "HardSigmoid", case .float(let slope) = node.attributes["alpha"],
            abs(slope - 1.0 / 6) < 1e-6
        else { return false }
        if case .float(let offset) = node.attributes["beta"] { return offset == 0.5 }
        return node.attributes["beta"] == nil
    }
}
