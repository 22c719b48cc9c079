import ONNX
import Operators
import Tensors

/// Who writes and who reads each value of a graph.
package struct GraphIndex {
    /// One place where a node reads a value.
    package struct Reading: Hashable {
        let node: Int
        let input: Int
    }

    package let nodes: [Node]

    /// The node that writes a value; inputs and initialisers have none.
    package let producers: [String: Int]

    /// Every place that reads a value, in node order.
    package let readings: [String: [Reading]]

    package let graphOutputs: Set<String>
    package let graphInputs: Set<String>
    package let constants: [String: Tensor]

    package init(_ graph: Graph) {
        nodes = graph.nodes
        constants = graph.initializers
        graphOutputs = Set(graph.outputs.map(\.name))
        graphInputs = Set(graph.inputs.map(\.name))
        var producers: [String: Int] = [:]
        var readings: [String: [Reading]] = [:]
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
            for (input, name) in node.inputs.enumerated() where !name.isEmpty {
                readings[name, default: []].append(Reading(node: index, input: input))
            }
        }
        self.producers = producers
        self.readings = readings
    }

    package func producer(of value: String) -> Node? { producers[value].map { nodes[$0] } }

    package func readings(of value: String) -> [Reading] { readings[value] ?? [] }
}

// MARK: - Activations

extension GraphIndex {
    /// Operators of one variable that an engine can apply to a sum before it is stored.
    package static let activationOperators: Set<String> = [
        "Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu", "Selu", "Softplus",
        "Mish", "Gelu", "Swish",
    ]

    /// The value that an activation was applied to, seen from the activation's result; nil when `node` is none.
    ///
    /// Besides the operators above that is the product of a value and its own sigmoid: SiLU and HardSwish as exported.
    package func activationArgument(of node: Node) -> String? {
        if node.domain.isEmpty, Self.activationOperators.contains(node.operatorType) { return node.inputs.first }
        guard node.domain.isEmpty, node.operatorType == "Mul", node.inputs.count == 2 else { return nil }
        for (value, gate) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
            guard let gating = producer(of: gate), ["Sigmoid", "HardSigmoid"].contains(gating.operatorType) else {
                continue
            }
            if gating.inputs.first == value { return value }
        }
        return nil
    }

    /// Where a value comes from when the activations applied to it are left out.
    package func sourceBeforeActivations(of value: String) -> String {
        var current = value
        while let node = producer(of: current), let argument = activationArgument(of: node) { current = argument }
        return current
    }

    /// Whether a smooth activation writes a value, such as SiLU, which exporters write as a product with a sigmoid.
    func isSmooth(_ value: String) -> Bool {
        guard let producer = producers[value].map({ nodes[$0] }) else { return false }
        switch producer.operatorType {
        case "Mul": return producer.inputs.contains { producers[$0].map { nodes[$0].operatorType } == "Sigmoid" }
        case "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Mish", "Gelu", "Softplus", "Elu", "Swish": return true
        default: return false
        }
    }
}
