import ONNX
import Operators

/// Makes any values of a graph its outputs, and drops what they do not need.
enum OutputSelection {
    static func apply(_ names: [String], to graph: StaticGraph) throws(EngineError) -> StaticGraph {
        var result = graph
        var outputs: [ValueInfo] = []
        for name in names {
            guard let type = graph.types[name] else { throw .unknownValue(name: name) }
            outputs.append(
                ValueInfo(
                    name: name, elementType: type.elementType, dimensions: type.shape.dimensions.map { .fixed($0) }))
        }
        result.graph.outputs = outputs
        return withoutDeadNodes(result)
    }

    static func withoutDeadNodes(_ graph: StaticGraph) -> StaticGraph {
        var result = graph
        var needed = Set(graph.graph.outputs.map(\.name))
        var kept: [Node] = []
        for node in graph.graph.nodes.reversed() where node.outputs.contains(where: { needed.contains($0) }) {
            needed.formUnion(node.inputs)
            kept.append(node)
        }
        result.graph.nodes = kept.reversed()
        return result
    }
}
