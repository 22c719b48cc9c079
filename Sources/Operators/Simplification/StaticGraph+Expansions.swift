import ONNX
import Tensors

extension StaticGraph {
    /// Operators that broadcast their operands themselves.
    private static let broadcasting: Set<String> = [
        "Add", "Sub", "Mul", "Div", "Pow", "Mod", "Max", "Min", "Sum", "Mean", "Where", "Equal", "Greater", "Less",
        "GreaterOrEqual", "LessOrEqual", "And", "Or", "Xor",
    ]

    /// The graph without Expand nodes whose readers broadcast anyway.
    public func removingExpansions() -> StaticGraph {
        let outputs = Set(graph.outputs.map(\.name))
        var aliases: [String: String] = [:]
        for node in graph.nodes where node.operatorType == "Expand" && node.domain.isEmpty {
            guard let source = node.inputs.first, let target = node.outputs.first, !outputs.contains(target) else {
                continue
            }
            aliases[target] = source
        }
        guard !aliases.isEmpty else { return self }
        for node in graph.nodes {
            for input in node.inputs where aliases[input] != nil && !node.keepsShape(in: self, replacing: aliases) {
                aliases[input] = nil
            }
        }
        var result = self
        for index in graph.nodes.indices {
            result.graph.nodes[index].inputs = graph.nodes[index].inputs.map { aliases[$0] ?? $0 }
        }
        return result.removingDeadCode()
    }

    fileprivate func broadcasts(_ node: Node) -> Bool {
        node.domain.isEmpty && Self.broadcasting.contains(node.operatorType)
    }
}

extension Node {
    /// Whether the output has the same shape when operands are replaced.
    fileprivate func keepsShape(in graph: StaticGraph, replacing aliases: [String: String]) -> Bool {
        guard graph.broadcasts(self), let expected = outputs.first.flatMap({ graph.types[$0] })?.shape else {
            return false
        }
        var shape: Shape? = []
        for input in inputs {
            guard let next = graph.types[aliases[input] ?? input]?.shape else { return false }
            shape = shape?.broadcast(with: next)
        }
        return shape == expected
    }
}
