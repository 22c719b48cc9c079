import ONNX

extension StaticGraph {
    /// How many inputs of nodes each value is. Outputs of the graph count as readers: their values must stay.
    var readerCounts: [String: Int] {
        var counts: [String: Int] = graph.outputs.reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
        for node in graph.nodes {
            for input in node.inputs { counts[input, default: 0] += 1 }
        }
        return counts
    }
}
