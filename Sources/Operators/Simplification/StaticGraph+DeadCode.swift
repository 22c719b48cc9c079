import ONNX

extension StaticGraph {
    /// The graph without nodes, initialisers and types that no output depends on. Inputs stay.
    ///
    /// - Complexity: linear in nodes and their inputs.
    public func removingDeadCode() -> StaticGraph {
        var needed = Set(graph.outputs.map(\.name))
        var kept: [Node] = []
        for node in graph.nodes.reversed() where node.outputs.contains(where: { !$0.isEmpty && needed.contains($0) }) {
            needed.formUnion(node.inputs.lazy.filter { !$0.isEmpty })
            kept.append(node)
        }
        var result = self
        result.graph.nodes = kept.reversed()
        result.graph.initializers = graph.initializers.filter { needed.contains($0.key) }
        needed.formUnion(kept.lazy.flatMap(\.outputs))
        needed.formUnion(graph.inputs.lazy.map(\.name))
        result.types = types.filter { needed.contains($0.key) }
        return result
    }
}
