import ONNX
import Tensors

extension StaticGraph {
    /// The graph without nodes that hand their first input on unchanged: Identity, Dropout, and movements, casts and
    /// arithmetic that have no effect here.
    ///
    /// Names of inputs and outputs stay. A node between an input (or initialiser) and an output is kept, as an Identity.
    public func removingIdentities() -> StaticGraph {
        var result = self
        let outputs = Set(graph.outputs.map(\.name))
        var aliases: [String: String] = [:]
        result.graph.nodes = []
        for var node in graph.nodes {
            node.inputs = node.inputs.map { aliases[$0] ?? $0 }
            guard let source = IdentityRule(graph: self).source(of: node), let target = node.outputs.first else {
                result.graph.nodes.append(node)
                continue
            }
            if !outputs.contains(target) {
                aliases[target] = source
            } else if !result.rename(source, to: target, keeping: outputs, aliases: &aliases) {
                result.graph.nodes.append(
                    Node(name: node.name, operatorType: "Identity", inputs: [source], outputs: [target]))
            }
        }
        return result
    }

    /// Gives a value that some node writes another name; false when it is an input, an initialiser or an output itself.
    private mutating func rename(
        _ source: String, to target: String, keeping outputs: Set<String>, aliases: inout [String: String]
    ) -> Bool {
        guard !outputs.contains(source), let writer = graph.nodes.firstIndex(where: { $0.outputs.contains(source) })
        else { return false }
        graph.nodes[writer].outputs = graph.nodes[writer].outputs.map { $0 == source ? target : $0 }
        for index in writer..<graph.nodes.count {
            graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0 == source ? target : $0 }
        }
        for (alias, value) in aliases where value == source { aliases[alias] = target }
        aliases[source] = target
        return true
    }
}

/// Tells nodes that hand an input on unchanged.
private struct IdentityRule {
    let graph: StaticGraph

    /// The value that the node's first output always equals.
    func source(of node: Node) -> String? {
        guard node.domain.isEmpty, let first = node.inputs.first, let output = node.outputs.first else { return nil }
        switch node.operatorType {
        case "Identity": return first
        case "Dropout": return node.outputs.dropFirst().allSatisfy(\.isEmpty) ? first : nil
        case "Cast", "CastLike", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Concat", "Sum",
            "Mean",
            "Max", "Min":
            // These only change the type; with one input, the last ones do nothing else.
            let isSingle = ["Concat", "Sum", "Mean", "Max", "Min"].contains(node.operatorType)
            return (!isSingle || node.inputs.count == 1) && graph.types[first] == graph.types[output] ? first : nil
        case "Pad": return isZero(1, of: node) ? first : nil
        case "Slice": return isWhole(node, output) ? first : nil
        case "Transpose": return isInOrder(node) ? first : nil
        case "Add": return unaffected(node, by: 0, commutative: true)
        case "Sub": return unaffected(node, by: 0, commutative: false)
        case "Mul": return unaffected(node, by: 1, commutative: true)
        case "Div", "Pow": return unaffected(node, by: 1, commutative: false)
        default: return nil
        }
    }

    private func isZero(_ index: Int, of node: Node) -> Bool {
        guard node.inputs.count > index, let value = graph.graph.initializers[node.inputs[index]] else { return false }
        return value.withBytes { $0.allSatisfy { $0 == 0 } }
    }

    /// A slice of full extent that runs forwards.
    private func isWhole(_ node: Node, _ output: String) -> Bool {
        guard graph.types[node.inputs[0]] == graph.types[output] else { return false }
        guard node.inputs.count > 4, !node.inputs[4].isEmpty else { return true }
        guard let steps = graph.graph.initializers[node.inputs[4]] else { return false }
        switch steps.elementType {
        case .int64: return steps.array(of: Int64.self).allSatisfy { $0 == 1 }
        case .int32: return steps.array(of: Int32.self).allSatisfy { $0 == 1 }
        default: return false
        }
    }

    private func isInOrder(_ node: Node) -> Bool {
        guard let rank = graph.types[node.inputs[0]]?.shape.rank else { return false }
        guard case .ints(let order)? = node.attributes["perm"] else { return rank <= 1 }
        return order == Array(0..<rank)
    }

    /// The operand that arithmetic with a constant leaves as it is: same type, and every constant the neutral number.
    private func unaffected(_ node: Node, by neutral: Float, commutative: Bool) -> String? {
        for (operand, other) in commutative ? [(0, 1), (1, 0)] : [(0, 1)] where node.inputs.count == 2 {
            guard graph.types[node.inputs[operand]] == graph.types[node.outputs[0]],
                let constant = graph.graph.initializers[node.inputs[other]], constant.elementType == .float32,
                constant.withElements(as: Float.self, { $0.allSatisfy { $0 == neutral } })
            else { continue }
            return node.inputs[operand]
        }
        return nil
    }
}
