import ONNX
import Tensors

/// A graph's nodes by what they write, for walking back from an output.
struct GraphIndex {
    private let graph: Graph
    private let shapes: [String: Shape]
    private let producers: [String: Int]

    /// - Parameter shapes: known shapes of values, beside those that the graph declares.
    init(_ graph: Graph, shapes: [String: Shape]) {
        self.graph = graph
        self.shapes = shapes
        var producers: [String: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
        }
        self.producers = producers
    }

    func producer(of value: String) -> Node? {
        producers[value].map { graph.nodes[$0] }
    }

    func shape(of value: String) -> Shape? {
        shapes[value] ?? graph.initializers[value]?.shape
            ?? (graph.outputs + graph.inputs).first { $0.name == value }?.shape
    }

    /// Whether walking back from a value, through nodes of the given operators only, meets one of the wanted operator.
    func reaches(_ wanted: String, from value: String, through passed: Set<String>) -> Bool {
        var pending = [value]
        var seen: Set<String> = []
        while let name = pending.popLast() {
            guard seen.insert(name).inserted, let node = producer(of: name) else { continue }
            if node.operatorType == wanted { return true }
            if passed.contains(node.operatorType) { pending += node.inputs }
        }
        return false
    }

    /// The integers of a constant: an initialiser, or a `Constant` node's value.
    func integers(_ value: String) -> [Int]? {
        var tensor = graph.initializers[value]
        if tensor == nil, let node = producer(of: value), node.operatorType == "Constant",
            case .tensor(let constant)? = node.attributes["value"]
        {
            tensor = constant
        }
        guard let tensor, tensor.elementCount <= 64 else { return nil }
        switch tensor.elementType {
        case .int64: return tensor.array(of: Int64.self).map(Int.init)
        case .int32: return tensor.array(of: Int32.self).map(Int.init)
        default: return nil
        }
    }

    /// The floats of an initialiser.
    func floats(_ value: String) -> [Float]? {
        guard let tensor = graph.initializers[value], tensor.elementType == .float32, tensor.elementCount <= 4096 else {
            return nil
        }
        return tensor.array(of: Float.self)
    }
}

extension Node {
    func integer(_ attribute: String) -> Int? {
        guard case .int(let value)? = attributes[attribute] else { return nil }
        return value
    }
}
