import ONNX
import Tensors

/// Runs a graph node by node with ``ReferenceOperators``, exactly as ONNX defines it. Quantised graphs run as the
/// simulation in floats that their QuantizeLinear and DequantizeLinear nodes say.
///
/// A value is freed after the last node that reads it.
public struct ReferenceExecutor: Sendable {
    public let graph: Graph

    /// For each node, the values that nobody reads after it.
    private let lastReads: [[String]]

    public init(_ graph: StaticGraph) {
        self.init(graph.graph)
    }

    /// Runs any graph whose nodes are in topological order; shapes follow from the inputs given to ``run(_:observing:)``.
    public init(_ graph: Graph) {
        self.graph = graph
        var reads = [[String]](repeating: [], count: graph.nodes.count)
        var seen = Set(graph.outputs.map(\.name))
        for (index, node) in graph.nodes.enumerated().reversed() {
            for name in node.inputs + node.outputs where seen.insert(name).inserted { reads[index].append(name) }
        }
        lastReads = reads
    }

    /// Runs the graph once.
    ///
    /// - Parameters:
    ///   - inputs: a tensor for each of the graph's inputs.
    ///   - observing: names of other values wanted: results of nodes, inputs or initialisers.
    /// - Returns: the graph's outputs and the observed values, by name.
    public func run(
        _ inputs: [String: Tensor], observing: Set<String> = []
    ) throws(OperatorError) -> [String: Tensor] {
        let wanted = observing.union(graph.outputs.map(\.name))
        var results: [String: Tensor] = [:]
        try run(inputs) { name, tensor in
            if wanted.contains(name) { results[name] = tensor }
        }
        for name in wanted where results[name] == nil {
            throw .invalidInput(name: name, detail: "is wanted, but the graph has no value of that name")
        }
        return results
    }

    /// Runs the graph once and shows every value as it comes to be: inputs and initialisers first, then the results of
    /// each node. Only values that a later node reads are kept.
    public func run(
        _ inputs: [String: Tensor], visiting: (_ name: String, _ tensor: Tensor) -> Void
    ) throws(OperatorError) {
        try check(inputs)
        var values = graph.initializers
        for input in graph.inputs { values[input.name] = inputs[input.name] }
        for (name, tensor) in values { visiting(name, tensor) }
        for (index, node) in graph.nodes.enumerated() {
            var operands: [Tensor?] = []
            for name in node.inputs {
                let tensor = name.isEmpty ? nil : values[name]
                guard name.isEmpty || tensor != nil else {
                    throw .invalidNode(
                        node: node.name, operatorType: node.operatorType,
                        detail: "reads '\(name)', which nothing before it provides")
                }
                operands.append(tensor)
            }
            for name in lastReads[index] { values[name] = nil }
            let results = try ReferenceOperators.evaluate(
                node, inputs: operands, operatorSetVersion: graph.operatorSetVersion)
            for (name, tensor) in zip(node.outputs, results) where !name.isEmpty {
                visiting(name, tensor)
                if !lastReads[index].contains(name) { values[name] = tensor }
            }
        }
    }

    private func check(_ inputs: [String: Tensor]) throws(OperatorError) {
        for name in inputs.keys.sorted() where !graph.inputs.contains(where: { $0.name == name }) {
            let names = graph.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
            throw .invalidInput(name: name, detail: "does not exist; the graph's inputs are \(names)")
        }
        for input in graph.inputs {
            guard let tensor = inputs[input.name] else {
                throw .invalidInput(name: input.name, detail: "is missing")
            }
            guard tensor.elementType == input.elementType else {
                throw .invalidInput(
                    name: input.name, detail: "has elements of type \(tensor.elementType), not \(input.elementType)")
            }
            let fits =
                tensor.shape.rank == input.dimensions.count
                && zip(tensor.shape.dimensions, input.dimensions).allSatisfy { extent, dimension in
                    if case .fixed(let expected) = dimension { expected == extent } else { true }
                }
            guard fits else {
                let expected = input.shape.map { "\($0)" } ?? "\(input.dimensions)"
                throw .invalidInput(name: input.name, detail: "is \(tensor.shape), not \(expected)")
            }
        }
    }
}
