import ONNX
import Tensors

extension StaticGraph {
    /// The graph with Flatten, Squeeze, Unsqueeze and every Reshape written as one Reshape with a constant, positive shape,
    /// and chains of those joined.
    public func normalizingReshapes() -> StaticGraph {
        var result = self
        /// The value that a Reshape's output is a relabelling of.
        var origins: [String: String] = [:]
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard node.domain.isEmpty, ["Flatten", "Squeeze", "Unsqueeze", "Reshape"].contains(node.operatorType),
                let input = node.inputs.first, let output = node.outputs.first, let shape = types[output]?.shape
            else { continue }
            let origin = origins[input] ?? input
            origins[output] = origin
            let shapeName = result.addShapeConstant(shape)
            // With allowzero, an extent of 0 means what it says.
            let attributes: [String: AttributeValue] =
                shape.dimensions.contains(0) && graph.operatorSetVersion >= 14 ? ["allowzero": .int(1)] : [:]
            guard attributes.isEmpty == !shape.dimensions.contains(0) else { continue }
            result.graph.nodes[index] = Node(
                name: node.name, operatorType: "Reshape", inputs: [origin, shapeName], outputs: [output],
                attributes: attributes)
        }
        return result
    }

    /// The name of an initialiser that holds a shape; equal shapes share one.
    private mutating func addShapeConstant(_ shape: Shape) -> String {
        let value = Tensor(shape.dimensions.map { Int64($0) }, shape: [shape.rank])
        var name = "shape_\(shape)"
        while let other = graph.initializers[name], other != value { name += "_" }
        while graph.initializers[name] == nil, types[name] != nil { name += "_" }
        graph.initializers[name] = value
        types[name] = ValueType(shape: value.shape, elementType: .int64)
        return name
    }
}
