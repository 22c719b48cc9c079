import ONNX
import Tensors

/// What a network takes, in all and for each of its nodes in order.
public struct NetworkCost: Hashable, Sendable {
    public var layers: [LayerCost] = []

    /// How often each operator occurs.
    public var operators: [String: Int] = [:]

    public var multiplyAccumulates = 0

    /// Elements of all constants other than index lists, shared ones counted once.
    public var parameters = 0

    public var parameterBytes = 0

    /// - Complexity: linear in nodes and their inputs.
    public init(of graph: StaticGraph) {
        for node in graph.graph.nodes {
            guard let layer = Self.layer(node, of: graph) else { continue }
            layers.append(layer)
            operators[node.operatorType, default: 0] += 1
            multiplyAccumulates += layer.multiplyAccumulates
        }
        let read = Set(graph.graph.nodes.lazy.flatMap(\.inputs))
        for (name, tensor) in graph.graph.initializers where read.contains(name) {
            parameters += tensor.parameterCount
            parameterBytes += tensor.byteCount
        }
    }

    private static func layer(_ node: Node, of graph: StaticGraph) -> LayerCost? {
        guard let output = node.outputs.first(where: { !$0.isEmpty }).flatMap({ graph.types[$0] }) else { return nil }
        var layer = LayerCost(
            name: node.name, operatorType: node.operatorType, output: output,
            multiplyAccumulates: graph.multiplyAccumulates(of: node), parameters: 0, parameterBytes: 0,
            activationBytes: 0)
        for name in Set(node.inputs + node.outputs) {
            if let constant = graph.graph.initializers[name] {
                layer.parameters += constant.parameterCount
                layer.parameterBytes += constant.byteCount
            } else if let type = graph.types[name] {
                layer.activationBytes += type.shape.elementCount * type.elementType.byteCount
            }
        }
        return layer
    }
}

extension Tensor {
    /// Shapes, axes and indices are int64 in ONNX; parameters never are.
    fileprivate var parameterCount: Int { elementType == .int64 ? 0 : elementCount }
}
