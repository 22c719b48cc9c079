import ONNX
import Tensors

/// The branch of an `If` whose condition is known, ready to stand in its place: names of its own carry the node's name in
/// front, so that they meet no others, and what it yields has the names of the node's outputs.
struct TakenBranch {
    let nodes: [Node]
    let initializers: [String: Tensor]

    /// Nil where the node has no such branch, or one with another number of outputs.
    init?(of node: Node, condition: Bool) {
        guard case .graph(let graph)? = node.attributes[condition ? "then_branch" : "else_branch"],
            graph.outputs.count == node.outputs.count
        else { return nil }
        let prefix = node.name + "/"
        let own = Set(graph.nodes.lazy.flatMap(\.outputs)).union(graph.initializers.keys).subtracting([""])
        initializers = Dictionary(uniqueKeysWithValues: graph.initializers.map { (prefix + $0.key, $0.value) })
        let inner = graph.nodes.map { Self.renamed($0, prefix, own) }
        // Also where an output is a constant, or a value of the graph around.
        let yields = zip(graph.outputs, node.outputs).filter { !$1.isEmpty }.map { inner, outer in
            Node(
                name: prefix + "yields " + outer, operatorType: "Identity",
                inputs: [own.contains(inner.name) ? prefix + inner.name : inner.name], outputs: [outer])
        }
        nodes = inner + yields
    }

    private static func renamed(_ node: Node, _ prefix: String, _ own: Set<String>) -> Node {
        func name(_ name: String) -> String { own.contains(name) ? prefix + name : name }
        var node = node
        node.name = prefix + node.name
        node.inputs = node.inputs.map(name)
        node.outputs = node.outputs.map(name)
        node.attributes = node.attributes.mapValues { value in
            // Branches inside read these names as well.
            guard case .graph(var graph) = value else { return value }
            let shadowed = Set(graph.nodes.lazy.flatMap(\.outputs)).union(graph.initializers.keys)
            let outer = own.subtracting(shadowed)
            graph.nodes = graph.nodes.map { inner in
                var inner = inner
                inner.inputs = inner.inputs.map { outer.contains($0) ? prefix + $0 : $0 }
                return inner
            }
            for index in graph.outputs.indices where outer.contains(graph.outputs[index].name) {
                graph.outputs[index].name = prefix + graph.outputs[index].name
            }
            return .graph(graph)
        }
        return node
    }
}
