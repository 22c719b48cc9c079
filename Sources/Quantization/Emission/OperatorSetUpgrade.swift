import ONNX
import Operators
import Tensors

/// Rewrites a graph for a later operator set, as far as quantised files need it: from 11 or 12 to 13.
///
/// Operator set 13 brought DequantizeLinear along an axis. On the way Softmax and its kin changed their meaning, and
/// Squeeze, Unsqueeze, ReduceSum and Split take as inputs what were attributes. The operators that other rewrites would
/// be needed for did not change between 11 and 13 in what they compute.
package enum OperatorSetUpgrade {
    /// The same network; a graph that is there already is returned as it is.
    package static func upgrade(_ graph: StaticGraph, to version: Int) throws(QuantizationError) -> StaticGraph {
        let current = graph.graph.operatorSetVersion
        guard current < version else { return graph }
        var upgrade = Rewriting(graph: graph, version: version)
        for node in graph.graph.nodes { try upgrade.add(node) }
        return upgrade.result
    }

    private struct Rewriting {
        var result: StaticGraph
        let source: Int
        let target: Int

        init(graph: StaticGraph, version: Int) {
            source = graph.graph.operatorSetVersion
            target = version
            result = graph
            result.graph.nodes = []
            result.graph.operatorSetVersion = version
        }

        mutating func add(_ node: Node) throws(QuantizationError) {
            guard node.hasDefaultDomain() else { return append(node) }
            guard source >= 11 else {
                throw .cannotUpgrade(
                    node: node.name, operatorType: node.operatorType, from: source, to: target,
                    detail: "operator sets before 11 are not supported")
            }
            switch node.operatorType {
            case "Squeeze", "Unsqueeze", "ReduceSum": moveToInput(node, attribute: "axes")
            case "Split": moveToInput(node, attribute: "split")
            case "Softmax", "LogSoftmax", "Hardmax": try addSoftmax(node)
            case "Resize": try addResize(node)
            default: append(node)
            }
        }

        private mutating func append(_ node: Node) { result.graph.nodes.append(node) }

        /// A list of integers that was an attribute becomes the second input.
        private mutating func moveToInput(_ node: Node, attribute: String) {
            var node = node
            if let values = node.integersAttribute(attribute) {
                node.attributes[attribute] = nil
                node.inputs = [node.inputs.first ?? "", addConstant(values, for: node, attribute)]
            }
            append(node)
        }

        private mutating func addConstant(_ values: [Int], for node: Node, _ purpose: String) -> String {
            let name = unique("\(node.name)_\(purpose)")
            let tensor = Tensor(values.map { Int64($0) }, shape: [values.count])
            result.graph.initializers[name] = tensor
            result.types[name] = ValueType(shape: tensor.shape, elementType: .int64)
            return name
        }

        /// Before 13 Softmax worked on a matrix: the axes from `axis` (1 if not given) on were one. Where only one of
        /// those is longer than 1 that is the same as working along it; else the value is flattened and restored.
        private mutating func addSoftmax(_ original: Node) throws(QuantizationError) {
            var node = original
            guard let input = node.inputs.first, let type = result.types[input],
                let axis = type.shape.normalizedAxis(node.integerAttribute("axis", default: 1))
            else {
                throw .cannotUpgrade(
                    node: node.name, operatorType: node.operatorType, from: source, to: target,
                    detail: "its input's shape is unknown or its axis out of range")
            }
            let long = (axis..<type.shape.rank).filter { type.shape[$0] != 1 }
            guard long.count > 1, let output = node.outputs.first else {
                node.attributes["axis"] = .int(long.first ?? axis)
                return append(node)
            }
            let rows = type.shape.dimensions[..<axis].reduce(1, *)
            let columns = type.shape.dimensions[axis...].reduce(1, *)
            let flat = addReshape(of: input, to: [rows, columns], type, for: node, "flattened", output: nil)
            let result = unique(node.name + "_flat_result")
            self.result.types[result] = ValueType(shape: [rows, columns], elementType: type.elementType)
            node.inputs = [flat]
            node.outputs = [result]
            node.attributes["axis"] = .int(1)
            append(node)
            _ = addReshape(of: result, to: type.shape.dimensions, type, for: node, "restored", output: output)
        }

        private mutating func addReshape(
            of value: String, to dimensions: [Int], _ type: ValueType, for node: Node, _ purpose: String,
            output: String?
        ) -> String {
            let shape = addConstant(dimensions, for: node, purpose + "_shape")
            let name = output ?? unique("\(node.name)_\(purpose)")
            result.types[name] = ValueType(shape: Shape(dimensions), elementType: type.elementType)
            append(
                Node(
                    name: unique("\(node.name)_\(purpose)_Reshape"), operatorType: "Reshape", inputs: [value, shape],
                    outputs: [name]))
            return name
        }

        /// One way of choosing coordinates was removed in 13.
        private mutating func addResize(_ node: Node) throws(QuantizationError) {
            let mode = node.stringAttribute("coordinate_transformation_mode", default: "half_pixel")
            guard mode != "tf_half_pixel_for_nn" else {
                throw .cannotUpgrade(
                    node: node.name, operatorType: node.operatorType, from: source, to: target,
                    detail: "coordinate mode tf_half_pixel_for_nn no longer exists")
            }
            append(node)
        }

        private func unique(_ name: String) -> String {
            var candidate = name
            var number = 2
            while result.types[candidate] != nil || result.graph.initializers[candidate] != nil {
                candidate = "\(name)_\(number)"
                number += 1
            }
            return candidate
        }
    }
}
