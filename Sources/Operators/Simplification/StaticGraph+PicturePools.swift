import ONNX
import Tensors

extension StaticGraph {
    /// The graph with average pools of its pictures written as depthwise convolutions whose weights are all the same.
    ///
    /// Networks that look at smaller copies of their picture pool it. As convolutions such layers can be integer, from the
    /// pixels on. Zero padding in front of a pool becomes the convolution's own.
    ///
    /// Where concatenations read a pool's result, each of its readers gets a pool of its own: they cost little, and else one
    /// unit of integers would have to do for all that is concatenated anywhere.
    public func replacingPicturePools() -> StaticGraph {
        PicturePoolRewriting(self).rewritten()
    }
}

private struct PicturePoolRewriting {
    private var result: StaticGraph
    private let source: StaticGraph
    private var writers: [String: Node] = [:]
    /// Pictures, and what was pooled from them.
    private var pictures: Set<String> = []
    /// What concatenations read.
    private var concatenated: Set<String> = []
    /// The convolution that writes each pooled value.
    private var pools: [String: Node] = [:]
    /// Pooled values that have a reader already.
    private var taken: Set<String> = []
    private var copies = 0

    init(_ graph: StaticGraph) {
        source = graph
        result = graph
        result.graph.nodes = []
        for node in graph.graph.nodes {
            for output in node.outputs { writers[output] = node }
            if node.operatorType == "Concat" { concatenated.formUnion(node.inputs) }
        }
        for input in graph.graph.inputs where graph.graph.initializers[input.name] == nil {
            guard let shape = graph.types[input.name]?.shape, shape.rank == 4, shape[1] <= 4 else { continue }
            pictures.insert(input.name)
        }
    }

    func rewritten() -> StaticGraph {
        var copy = self
        for node in source.graph.nodes { copy.append(node) }
        return copy.result.removingDeadCode()
    }

    private mutating func append(_ node: Node) {
        var node = node
        if node.operatorType == "Concat" {
            for input in node.inputs.indices { node.inputs[input] = ownPool(of: node.inputs[input]) }
        }
        if let convolution = convolution(for: node) {
            result.graph.nodes.append(convolution)
            pools[node.outputs[0]] = convolution
        } else {
            result.graph.nodes.append(node)
        }
    }

    /// A pool that computes the same as the one that a value comes from, for one more reader.
    private mutating func ownPool(of value: String) -> String {
        guard var pool = pools[value], concatenated.contains(value), let type = result.types[value] else {
            return value
        }
        guard taken.contains(value) || source.graph.outputs.contains(where: { $0.name == value }) else {
            taken.insert(value)
            return value
        }
        let name = result.unusedName(value + "_copy")
        result.types[name] = type
        copies += 1
        pool.outputs = [name]
        pool.name += "_copy_\(copies)"
        result.graph.nodes.append(pool)
        return name
    }

    private mutating func convolution(for node: Node) -> Node? {
        guard node.operatorType == "AveragePool", node.domain.isEmpty, node.outputs.count == 1,
            let kernel = integers(node, "kernel_shape"), kernel.count == 2, kernel.reduce(1, *) <= 25,
            integer(node, "ceil_mode") == 0, node.attributes["auto_pad"] == nil,
            integers(node, "dilations").map({ $0.allSatisfy { $0 == 1 } }) ?? true
        else { return nil }
        var pads = integers(node, "pads") ?? [0, 0, 0, 0]
        guard pads.count == 4, pads.allSatisfy({ $0 == 0 }) || integer(node, "count_include_pad") == 1 else {
            return nil
        }
        var input = node.inputs[0]
        if let (padded, more) = zeroPadding(input) {
            input = padded
            pads = zip(pads, more).map { $0 + $1 }
        }
        guard pictures.contains(input) else { return nil }
        input = ownPool(of: input)
        guard let channels = result.types[input]?.shape[1] else { return nil }
        pictures.insert(node.outputs[0])
        let taps = kernel.reduce(1, *)
        let weights = Tensor(
            [Float](repeating: 1 / Float(taps), count: channels * taps), shape: Shape([channels, 1] + kernel))
        let name = result.addConstant(weights, named: node.name + ".weights")
        return Node(
            name: node.name, operatorType: "Conv", inputs: [input, name], outputs: node.outputs,
            attributes: [
                "kernel_shape": .ints(kernel), "strides": .ints(integers(node, "strides") ?? [1, 1]),
                "pads": .ints(pads), "group": .int(channels),
            ])
    }

    /// What a Pad adds to the spatial axes of its input: top, left, bottom, right.
    private func zeroPadding(_ value: String) -> (input: String, pads: [Int])? {
        guard let node = writers[value], node.operatorType == "Pad", node.domain.isEmpty, node.inputs.count >= 2,
            let tensor = source.graph.initializers[node.inputs[1]], tensor.elementType == .int64
        else { return nil }
        if case .string(let mode)? = node.attributes["mode"], mode != "constant" { return nil }
        let isGiven = { (index: Int) in node.inputs.count > index && !node.inputs[index].isEmpty }
        if isGiven(3) { return nil }
        if isGiven(2) {
            guard let value = source.graph.floats(node.inputs[2]), value == [0] else { return nil }
        }
        let pads = tensor.array(of: Int64.self).map { Int($0) }
        guard pads.count == 8, pads.allSatisfy({ $0 >= 0 }), [0, 1, 4, 5].allSatisfy({ pads[$0] == 0 }) else {
            return nil
        }
        return (node.inputs[0], [pads[2], pads[3], pads[6], pads[7]])
    }

    private func integers(_ node: Node, _ name: String) -> [Int]? {
        if case .ints(let list)? = node.attributes[name] { return list }
        return nil
    }

    private func integer(_ node: Node, _ name: String) -> Int {
        if case .int(let value)? = node.attributes[name] { return value }
        return 0
    }
}
