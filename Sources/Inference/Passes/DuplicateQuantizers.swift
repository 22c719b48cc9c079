import ONNX
import Operators

/// Makes one node of QuantizeLinear and DequantizeLinear nodes that do the same to the same value, so that a value which
/// many read is kept once and is seen to have one reader.
enum DuplicateQuantizers {
    static func apply(to graph: StaticGraph) -> StaticGraph {
        var result = graph
        let outputs = Set(graph.graph.outputs.map(\.name))
        var known: [[String]: String] = [:]
        var replacements: [String: String] = [:]
        var kept: [Node] = []
        for var node in graph.graph.nodes {
            node.inputs = node.inputs.map { replacements[$0] ?? $0 }
            if node.operatorType == "QuantizeLinear" || node.operatorType == "DequantizeLinear",
                let output = node.outputs.first
            {
                let key = self.key(of: node, in: graph)
                if let first = known[key], !outputs.contains(output) {
                    replacements[output] = first
                    continue
                }
                if known[key] == nil { known[key] = output }
            }
            kept.append(node)
        }
        result.graph.nodes = kept
        return result
    }

    /// What tells a node from others: operator, attributes, and inputs, where constants count by value.
    private static func key(of node: Node, in graph: StaticGraph) -> [String] {
        var key = [node.operatorType]
        for (name, value) in node.attributes.sorted(by: { $0.key < $1.key }) {
            key.append("\(name) \(GraphDigest.digest(of: value, seed: 0))")
        }
        key.append(node.inputs.first ?? "")
        for name in node.inputs.dropFirst() {
            guard let tensor = graph.graph.initializers[name] else {
                key.append(name)
                continue
            }
            key.append("\(GraphDigest.digest(of: tensor, seed: 0)) \(tensor.elementCount)")
        }
        return key
    }
}
