import ONNX
import Tensors

extension StaticGraph {
    /// Detection heads put boxes and class scores of each level side by side, levels behind each other, and split boxes from
    /// scores again. Here they stay apart from the start.
    public func distributingConcatenations() -> StaticGraph {
        var rewriting = Rewriting(self)
        for node in graph.nodes where node.operatorType == "Split" { rewriting.distribute(node) }
        return rewriting.result
    }
}

/// A graph with what replaces its nodes.
private struct Rewriting {
    private(set) var graph: StaticGraph
    private let producers: [String: Node]
    private let readers: [String: Int]
    /// What takes a node's place, by the node's first output.
    private var replacements: [String: [Node]] = [:]

    init(_ graph: StaticGraph) {
        self.graph = graph
        readers = graph.readerCounts
        var producers: [String: Node] = [:]
        for node in graph.graph.nodes {
            for output in node.outputs where !output.isEmpty { producers[output] = node }
        }
        self.producers = producers
    }

    /// The graph with all replacements made.
    var result: StaticGraph {
        guard !replacements.isEmpty else { return graph }
        var result = graph
        result.graph.nodes = graph.graph.nodes.flatMap { replacements[$0.outputs.first ?? ""] ?? [$0] }
        return result.removingDeadCode()
    }

    // MARK: - Splits

    /// A Split of levels that are concatenations of the very parts which it gives: concatenations of these parts' levels.
    mutating func distribute(_ split: Node) {
        guard let input = split.inputs.first, let outer = only(input, "Concat"),
            let axis = axis(of: split, along: input), let levelAxis = self.axis(of: outer, along: input),
            axis != levelAxis
        else { return }
        var nodes: [Node] = []
        var parts = [[String]](repeating: [], count: split.outputs.count)
        for (level, name) in outer.inputs.enumerated() {
            guard let names = self.parts(of: name, axis: axis, like: split.outputs, level: level, &nodes) else {
                return
            }
            for index in parts.indices { parts[index].append(names[index]) }
        }
        for (index, output) in split.outputs.enumerated() {
            nodes.append(
                Node(
                    name: "\(outer.name)/\(index)", operatorType: "Concat", inputs: parts[index], outputs: [output],
                    attributes: outer.attributes))
        }
        replacements[split.outputs[0]] = nodes
    }

    /// The parts of one level, with the Reshapes that bring them into its shape.
    private mutating func parts(
        of level: String, axis: Int, like outputs: [String], level index: Int, _ nodes: inout [Node]
    ) -> [String]? {
        let reshape = only(level, "Reshape")
        let joined = reshape?.inputs.first ?? level
        guard let shape = graph.types[level]?.shape.dimensions, let inner = only(joined, "Concat"),
            self.axis(of: inner, along: joined) == axis, inner.inputs.count == outputs.count
        else { return nil }
        var names: [String] = []
        for (part, output) in zip(inner.inputs, outputs) {
            guard let extents = graph.types[part]?.shape.dimensions, let type = graph.types[part]?.elementType,
                let wanted = graph.types[output]?.shape.dimensions, extents[...axis] == wanted[...axis]
            else { return nil }
            guard reshape != nil else {
                names.append(part)
                continue
            }
            // Axes in front of and at the split's keep their meaning, so that a part of the level is a reshaped part.
            var target = shape
            target[axis] = extents[axis]
            guard target.reduce(1, *) == extents.reduce(1, *), shape[..<axis] == extents[..<axis] else { return nil }
            let name = graph.unusedName("\(output).\(index)")
            let shapeName = graph.addConstant(
                Tensor(target.map { Int64($0) }, shape: [target.count]), named: "\(name).shape")
            nodes.append(Node(name: name, operatorType: "Reshape", inputs: [part, shapeName], outputs: [name]))
            graph.types[name] = ValueType(shape: Shape(target), elementType: type)
            names.append(name)
        }
        return names
    }

    // MARK: - The graph

    /// The node that computes a value, where it is of the kind and nobody else reads the value.
    private func only(_ name: String, _ operatorType: String) -> Node? {
        guard readers[name] == 1, let node = producers[name], node.operatorType == operatorType, node.domain.isEmpty
        else { return nil }
        return node
    }

    /// The axis of a Split or Concat, counted from the front of a value of its rank.
    private func axis(of node: Node, along value: String) -> Int? {
        guard let shape = graph.types[value]?.shape else { return nil }
        guard case .int(let axis)? = node.attributes["axis"] else { return shape.normalizedAxis(0) }
        return shape.normalizedAxis(axis)
    }
}
