import ONNX
import Tensors

extension StaticGraph {
    /// The graph without summands that are too small to change the integers that a sum becomes.
    ///
    /// Training with weight decay leaves branches behind whose weights went to zero (in TwinLiteNet a whole attention, at 1e-41)
    /// but that cost as much as ever. What a branch can add at most follows from its weights and from the ranges of the bytes
    /// that it reads. Where that is below 2^-30 of the step of every QuantizeLinear that reads the sum, the integers are the
    /// same without it: a float of at least 2^25 times that bound absorbs it, and a smaller one is rounded to zero either way.
    ///
    /// - Complexity: linear in nodes and the elements of constants.
    public func removingNegligibleAddends() -> StaticGraph {
        let steps = smallestSteps()
        guard !steps.isEmpty else { return self }
        var bounds = MagnitudeBounds(graph: self)
        var result = self
        var isChanged = false
        for (index, node) in graph.nodes.enumerated() {
            bounds.visit(node)
            guard node.operatorType == "Add", node.domain.isEmpty, let step = steps[node.outputs[0]],
                let kept = (0...1).first(where: { kept in
                    types[node.inputs[kept]] == types[node.outputs[0]]
                        && bounds[node.inputs[1 - kept]].map { $0 <= step * 0x1p-30 } == true
                })
            else { continue }
            result.graph.nodes[index] = Node(
                name: node.name, operatorType: "Identity", inputs: [node.inputs[kept]], outputs: node.outputs)
            isChanged = true
        }
        return isChanged ? result.removingIdentities() : self
    }

    /// The smallest step of the quantisations that read a value, for values that nothing else reads.
    private func smallestSteps() -> [String: Double] {
        var steps: [String: Double] = [:]
        var others = Set(graph.outputs.map(\.name))
        for node in graph.nodes {
            others.formUnion(node.inputs.dropFirst())
            guard let value = node.inputs.first else { continue }
            guard node.operatorType == "QuantizeLinear", node.domain.isEmpty,
                let scales = graph.initializers[node.inputs[1]], scales.elementType == .float32,
                let step = scales.withElements(as: Float.self, { $0.min() }), step > 0
            else {
                others.insert(value)
                continue
            }
            steps[value] = min(steps[value] ?? .infinity, Double(step))
        }
        return steps.filter { !others.contains($0.key) }
    }
}

/// How large values can be at most, where bytes and constants say so.
private struct MagnitudeBounds {
    let graph: StaticGraph
    private var known: [String: Double] = [:]

    init(graph: StaticGraph) { self.graph = graph }

    /// Nil where nothing is known.
    subscript(_ name: String) -> Double? {
        if let bound = known[name] { return bound }
        guard let tensor = graph.graph.initializers[name], tensor.elementType == .float32 else { return nil }
        return tensor.withElements(as: Float.self) { elements in
            elements.allSatisfy(\.isFinite) ? elements.reduce(0) { max($0, Double($1.magnitude)) } : nil
        }
    }

    /// Finds the bound of what a node writes; its inputs must have been visited.
    mutating func visit(_ node: Node) {
        guard node.domain.isEmpty, let output = node.outputs.first, let bound = bound(of: node), bound.isFinite else {
            return
        }
        known[output] = bound
    }

    private func bound(of node: Node) -> Double? {
        switch node.operatorType {
        case "DequantizeLinear":
            guard let type = graph.types[node.inputs[0]]?.elementType, type == .uint8 || type == .int8 else {
                return nil
            }
            return self[node.inputs[1]].map { 255 * $0 }
        case "Softmax": return 1
        case "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Relu": return self[node.inputs[0]]
        case "Mul": return product(node.inputs[0], node.inputs[1])
        case "Add", "Sub":
            guard let left = self[node.inputs[0]], let right = self[node.inputs[1]] else { return nil }
            return left + right
        case "MatMul":
            guard let terms = graph.types[node.inputs[0]]?.shape.dimensions.last else { return nil }
            return product(node.inputs[0], node.inputs[1]).map { Double(terms) * $0 }
        case "Conv":
            guard let weights = graph.types[node.inputs[1]]?.shape, weights.rank > 0, weights[0] > 0,
                let each = product(node.inputs[0], node.inputs[1])
            else { return nil }
            let sum = Double(weights.elementCount / weights[0]) * each
            guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return sum }
            return self[node.inputs[2]].map { sum + $0 }
        default: return nil
        }
    }

    private func product(_ left: String, _ right: String) -> Double? {
        guard let left = self[left], let right = self[right] else { return nil }
        return left * right
    }
}
