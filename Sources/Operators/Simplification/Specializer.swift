import ONNX
import Tensors

/// One walk over a graph in order: infers each node's types, and replaces nodes whose inputs are constant by their result.
///
/// Shapes are constants here, so all the arithmetic with which exporters compute sizes disappears.
struct Specializer {
    /// The largest result that is computed at load although nothing as large is in the file. Larger ones (a constant
    /// that is expanded to a whole picture, say) stay nodes.
    private static let maximumFoldedByteCount = 16 << 20

    /// How much all of these may take together.
    private static let maximumTotalByteCount = 256 << 20

    private let graph: Graph
    private var types: [String: ValueType] = [:]
    private var constants: [String: Tensor]
    private var nodes: [Node] = []
    private var foldedByteCount = 0

    /// Whether nodes with results of open size are put aside; otherwise they are refused.
    private let cutsTail: Bool

    /// Those nodes and all that hang on them, and the values that they write.
    private(set) var tailNodes: [Node] = []
    private(set) var tailValues: Set<String> = []

    init(graph: Graph, cutsTail: Bool = false) {
        self.graph = graph
        self.cutsTail = cutsTail
        constants = graph.initializers
    }

    mutating func run(inputTypes: [String: ValueType]) throws(OperatorError) -> StaticGraph {
        types = inputTypes
        for (name, tensor) in constants {
            types[name] = ValueType(shape: tensor.shape, elementType: tensor.elementType)
        }
        for node in graph.nodes { try visit(node) }
        return try result()
    }

    private mutating func visit(_ node: Node) throws(OperatorError) {
        if node.operatorType == "If" && node.domain.isEmpty { return try visitBranch(of: node) }
        if cutsTail, OperatorTypes.hasOpenSize(node) || node.inputs.contains(where: tailValues.contains) {
            try ReferenceOperators.check(node, operatorSetVersion: graph.operatorSetVersion)
            tailNodes.append(node)
            tailValues.formUnion(node.outputs.lazy.filter { !$0.isEmpty })
            return
        }
        let outputs = try OperatorTypes.infer(
            node: node, inputs: try inputTypes(of: node), constants: node.inputs.map { constants[$0] },
            operatorSetVersion: graph.operatorSetVersion)
        for (name, type) in zip(node.outputs, outputs) where !name.isEmpty { types[name] = type }
        if let values = try foldedValues(of: node, types: outputs) {
            for (name, value) in zip(node.outputs, values) where !name.isEmpty { constants[name] = value }
        } else {
            nodes.append(node)
        }
    }

    /// Visits the nodes of the branch that is taken, in the place of the `If`.
    private mutating func visitBranch(of node: Node) throws(OperatorError) {
        guard let condition = node.inputs.first.flatMap({ constants[$0] }), condition.elementType == .bool,
            condition.elementCount == 1
        else {
            throw .invalidNode(
                node: node.name, operatorType: "If",
                detail: "its condition is not known at load; export the network without it")
        }
        let branch = TakenBranch(of: node, condition: condition.array(of: Bool.self)[0])
        guard let branch else {
            throw .invalidNode(node: node.name, operatorType: "If", detail: "has no proper branch for its condition")
        }
        for (name, tensor) in branch.initializers {
            constants[name] = tensor
            types[name] = ValueType(shape: tensor.shape, elementType: tensor.elementType)
        }
        for node in branch.nodes { try visit(node) }
    }

    private func inputTypes(of node: Node) throws(OperatorError) -> [ValueType?] {
        var inputs: [ValueType?] = []
        for name in node.inputs {
            guard !name.isEmpty else {
                inputs.append(nil)
                continue
            }
            guard let type = types[name] else {
                throw .invalidNode(
                    node: node.name, operatorType: node.operatorType, detail: "reads '\(name)', which nothing writes")
            }
            inputs.append(type)
        }
        return inputs
    }

    // MARK: - Folding

    /// The node's outputs, if they are constant and worth keeping.
    private mutating func foldedValues(of node: Node, types: [ValueType]) throws(OperatorError) -> [Tensor]? {
        if let value = try shapeValue(of: node) { return [value] }
        if types.allSatisfy({ $0.shape.elementCount == 0 }) {
            return types.map { Tensor(zeros: $0.shape, elementType: $0.elementType) }
        }
        // Weights that a file keeps as integers stay so: engines compute with those.
        guard node.operatorType != "DequantizeLinear", node.inputs.allSatisfy({ $0.isEmpty || constants[$0] != nil })
        else { return nil }
        let byteCount = types.reduce(0) { $0 + $1.shape.elementCount * $1.elementType.byteCount }
        let inputByteCount = node.inputs.reduce(0) { $0 + (constants[$1]?.byteCount ?? 0) }
        guard byteCount <= max(inputByteCount, Self.maximumFoldedByteCount),
            byteCount <= Self.maximumTotalByteCount - foldedByteCount
        else { return nil }
        let values = try ReferenceOperators.evaluate(
            node, inputs: node.inputs.map { constants[$0] }, operatorSetVersion: graph.operatorSetVersion)
        for (value, type) in zip(values, types) where value.shape != type.shape || value.elementType != type.elementType
        {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType,
                detail: "yields \(value.shape) of \(value.elementType) instead of \(type.shape) of \(type.elementType)")
        }
        foldedByteCount += byteCount
        return values
    }

    /// Shape and Size are constant even where their input is not.
    private func shapeValue(of node: Node) throws(OperatorError) -> Tensor? {
        guard node.domain.isEmpty, node.operatorType == "Shape" || node.operatorType == "Size" else { return nil }
        let call = OperatorCall(
            node: node, inputs: try inputTypes(of: node), constants: [], version: graph.operatorSetVersion)
        if node.operatorType == "Size" { return Tensor(scalar: Int64(try call.input(0).shape.elementCount)) }
        let extents = try call.shapeSlice()
        return Tensor(extents.map { Int64($0) }, shape: [extents.count])
    }

    // MARK: - Result

    private func result() throws(OperatorError) -> StaticGraph {
        var result = graph
        result.nodes = nodes
        result.initializers = constants
        result.inputs = []
        for input in graph.inputs {
            guard let type = types[input.name] else { continue }
            result.inputs.append(ValueInfo(name: input.name, type: type))
        }
        result.outputs = []
        for name in bodyOutputs() {
            guard let type = types[name] else {
                throw .invalidInput(name: name, detail: "the network's output is written by no node")
            }
            result.outputs.append(ValueInfo(name: name, type: type))
        }
        return StaticGraph(graph: result, types: types)
    }

    /// The network's outputs, without those of the tail, and what the tail reads.
    private func bodyOutputs() -> [String] {
        var names = graph.outputs.map(\.name).filter { !tailValues.contains($0) }
        var listed = Set(names).union(tailValues).union(graph.inputs.lazy.map(\.name))
        for name in tailNodes.lazy.flatMap(\.inputs) where !name.isEmpty && constants[name] == nil {
            if listed.insert(name).inserted { names.append(name) }
        }
        return names
    }

    /// The nodes put aside as a graph of their own; nil where there are none that an output depends on.
    func tail() -> Graph? {
        let outputs = graph.outputs.filter { tailValues.contains($0.name) }
        guard !outputs.isEmpty else { return nil }
        var tail = Graph(name: graph.name, operatorSetVersion: graph.operatorSetVersion, outputs: outputs)
        var needed = Set(outputs.map(\.name))
        for node in tailNodes.reversed() where !needed.isDisjoint(with: node.outputs) {
            needed.formUnion(node.inputs.lazy.filter { !$0.isEmpty })
            tail.nodes.append(node)
        }
        tail.nodes.reverse()
        for name in needed.subtracting(tailValues).sorted() {
            if let constant = constants[name] {
                tail.initializers[name] = constant
            } else if let type = types[name] {
                tail.inputs.append(ValueInfo(name: name, type: type))
            }
        }
        return tail
    }
}

extension ValueInfo {
    /// The declaration of a value whose type is known.
    init(name: String, type: ValueType) {
        self.init(
            name: name, elementType: type.elementType, dimensions: type.shape.dimensions.map { .fixed($0) })
    }
}
