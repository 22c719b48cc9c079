import ONNX
import Tensors

extension StaticGraph {
    /// The graph with a Slice of a Slice along other axes written as one.
    public func joiningSlices() -> StaticGraph {
        var result = self
        let readers = readerCounts
        var slices: [String: SliceRequest] = [:]
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard var request = SliceRequest(node, in: self), let output = node.outputs.first else { continue }
            if let inner = slices[request.input], readers[request.input] == 1, let joined = inner.followed(by: request)
            {
                request = joined
                result.graph.nodes[index].inputs = [joined.input]
                for (name, list) in [
                    ("starts", joined.starts), ("ends", joined.ends), ("axes", joined.axes), ("steps", joined.steps),
                ] {
                    result.graph.nodes[index].inputs.append(result.addIntegers(list, named: "\(output).\(name)"))
                }
            }
            slices[output] = request
        }
        return result.removingDeadCode()
    }

    private mutating func addIntegers(_ list: [Int], named base: String) -> String {
        addConstant(Tensor(list.map { Int64($0) }, shape: [list.count]), named: base)
    }
}

/// What a Slice with constant bounds takes.
private struct SliceRequest {
    var input: String
    var starts: [Int]
    var ends: [Int]
    var axes: [Int]
    var steps: [Int]

    init?(_ node: Node, in graph: StaticGraph) {
        guard node.operatorType == "Slice", node.domain.isEmpty, let rank = graph.types[node.inputs[0]]?.shape.rank,
            let starts = graph.integers(node, 1), let ends = graph.integers(node, 2)
        else { return nil }
        input = node.inputs[0]
        self.starts = starts
        self.ends = ends
        let isGiven = { (index: Int) in node.inputs.count > index && !node.inputs[index].isEmpty }
        guard let axes = isGiven(3) ? graph.integers(node, 3) : Array(starts.indices),
            let steps = isGiven(4) ? graph.integers(node, 4) : [Int](repeating: 1, count: starts.count)
        else { return nil }
        self.axes = axes.map { $0 < 0 ? $0 + rank : $0 }
        self.steps = steps
    }

    /// Both at once; nil when they share an axis.
    func followed(by outer: SliceRequest) -> SliceRequest? {
        guard Set(axes).isDisjoint(with: outer.axes) else { return nil }
        var joined = self
        joined.starts += outer.starts
        joined.ends += outer.ends
        joined.axes += outer.axes
        joined.steps += outer.steps
        return joined
    }
}

extension StaticGraph {
    /// The constant integers of an input.
    fileprivate func integers(_ node: Node, _ index: Int) -> [Int]? {
        guard node.inputs.count > index, let tensor = graph.initializers[node.inputs[index]] else { return nil }
        switch tensor.elementType {
        case .int64: return tensor.array(of: Int64.self).map { Int($0) }
        case .int32: return tensor.array(of: Int32.self).map { Int($0) }
        default: return nil
        }
    }
}
