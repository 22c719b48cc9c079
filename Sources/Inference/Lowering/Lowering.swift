import CKernels
import ONNX
import Operators
import Tensors

/// Turns a static graph into a ``Program``: chooses kernels, fuses what belongs together, and decides in which order each
/// value lies in memory.
///
/// Nodes are lowered in topological order. Feature maps are kept with channels adjacent, everything else in the order that
/// costs least; copies are inserted only where a reader needs another order. What elementwise operators compute is put off
/// until somebody needs it in memory, so that chains become one step.
struct Lowering {
    let graph: Graph
    let types: [String: ValueType]
    let options: EngineOptions
    let kernels: sightline_kernels
    let floatKernels: sightline_float_kernels
    /// Where packed weights come from.
    let constants: PackedConstants

    var program = Program()
    var values: [String: LoweredValue] = [:]
    /// Indices of the nodes that read each value.
    var readers: [String: [Int]] = [:]
    /// Nodes that another node's step computes as well.
    var fusedNodes: Set<Int> = []
    /// Attentions whose first product was put off, by the name of the weights that their second product reads.
    var attentions: [String: AttentionPattern] = [:]
    private let outputNames: Set<String>

    init(
        _ graph: StaticGraph, options: EngineOptions, kernels: sightline_kernels,
        floatKernels: sightline_float_kernels, constants: PackedConstants = PackedConstants()
    ) {
        self.graph = graph.graph
        types = graph.types
        self.options = options
        self.kernels = kernels
        self.floatKernels = floatKernels
        self.constants = constants
        outputNames = Set(graph.graph.outputs.map(\.name))
        for (index, node) in graph.graph.nodes.enumerated() {
            for name in node.inputs where !name.isEmpty { readers[name, default: []].append(index) }
        }
    }

    mutating func lower() throws(EngineError) -> Program {
        for (name, tensor) in graph.initializers {
            values[name] = LoweredValue(
                content: .constant(tensor), type: tensor.elementType, shape: tensor.shape.dimensions)
        }
        for input in graph.inputs where graph.initializers[input.name] == nil { try lowerInput(input) }
        for (index, node) in graph.nodes.enumerated() where !fusedNodes.contains(index) {
            try lowerNode(node, at: index)
        }
        for output in graph.outputs { try lowerOutput(output.name) }
        CopyPlacement.apply(to: &program, floatKernels: floatKernels)
        RowFusion.apply(to: &program)
        settleConstants()
        return program
    }

    // MARK: - The graph

    /// How many readers a value has; the caller of the engine counts as one.
    func useCount(_ name: String) -> Int { (readers[name]?.count ?? 0) + (outputNames.contains(name) ? 1 : 0) }

    func isOutput(_ name: String) -> Bool { outputNames.contains(name) }

    /// The only reader of a value, or nil when there are more, or the caller wants it.
    func onlyReader(of name: String) -> (index: Int, node: Node)? {
        guard useCount(name) == 1, let index = readers[name]?.first else { return nil }
        return (index, graph.nodes[index])
    }

    func type(of name: String, in node: Node) throws(EngineError) -> ValueType {
        guard let type = types[name] else {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType, detail: "the type of value '\(name)' is unknown")
        }
        return type
    }

    func shape(of name: String, in node: Node) throws(EngineError) -> [Int] {
        try type(of: name, in: node).shape.dimensions
    }

    func constant(_ name: String) -> Tensor? {
        switch values[name]?.content {
        case .constant(let tensor): tensor
        case .quantizedConstant(let constant): constant.reals
        default: nil
        }
    }

    func isConstant(_ name: String) -> Bool {
        switch values[name]?.content {
        case .constant, .quantizedConstant: true
        default: false
        }
    }

    /// Name of input `index`, or nil where the node leaves it out.
    func input(_ index: Int, of node: Node) -> String? {
        guard index < node.inputs.count, !node.inputs[index].isEmpty else { return nil }
        return node.inputs[index]
    }

    func requiredInput(_ index: Int, of node: Node) throws(EngineError) -> String {
        guard let name = input(index, of: node) else {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType, detail: "input \(index) is missing")
        }
        return name
    }

    // MARK: - Buffers and steps

    mutating func addBuffer(_ buffer: Buffer) -> BufferIdentifier {
        program.buffers.append(buffer)
        return program.buffers.count - 1
    }

    /// A new row-major buffer.
    mutating func makeRowMajor(
        _ name: String, shape: [Int], elementType: ElementType = .float32
    ) -> BufferView {
        let buffer = Buffer(name: name, elementType: elementType, form: .linear(count: shape.reduce(1, *)))
        return .rowMajor(addBuffer(buffer), shape: shape)
    }

    /// A new float feature map N x C x spatial axes, channels adjacent.
    mutating func makeFeatureMap(_ name: String, shape: [Int]) -> BufferView {
        let pixels = shape[0] * shape.dropFirst(2).reduce(1, *)
        let buffer = Buffer(name: name, elementType: .float32, form: .pixels(count: pixels, channels: shape[1]))
        return .pixels(addBuffer(buffer), shape: shape)
    }

    /// A new float buffer whose elements lie in the same order as those of `model`, without gaps.
    mutating func makeLike(_ model: BufferView, _ name: String, shape: [Int]) -> BufferView {
        if (shape.count == 3 || shape.count == 4) && shape[1] > 1 && model.isChannelsLast {
            return makeFeatureMap(name, shape: shape)
        }
        let order = shape.indices.sorted { model.strides[$0].isLonger(than: model.strides[$1]) }
        var view = makeRowMajor(name, shape: order.map { shape[$0] })
        var inverse = [Int](repeating: 0, count: shape.count)
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        view = view.transposed(inverse)
        return view
    }

    mutating func append(
        _ node: Node, as operatorType: String? = nil, kind: LayerInfo.Kind, reads: [BufferView], writes: [BufferView],
        scratchBytes: Int = 0, multiplyAccumulates: Int = 0, weightBytes: Int = 0, rowWork: PlannedStep.RowWork? = nil,
        make: @escaping (ViewResolver) -> Step
    ) {
        let bytes = (reads + writes).reduce(weightBytes) {
            $0 + $1.elementCount * program.buffers[$1.buffer].elementType.byteCount
        }
        let layer = LayerInfo(
            name: node.name, operatorType: operatorType ?? node.operatorType, kind: kind,
            shape: Shape(writes.first?.shape ?? []), multiplyAccumulates: multiplyAccumulates, bytes: bytes)
        program.steps.append(
            PlannedStep(
                layer: layer, reads: reads.map(\.buffer), writes: writes.map(\.buffer),
                quantizedValues: writes.compactMap(quantizedValue), scratchBytes: scratchBytes, make: make,
                rowWork: rowWork))
    }

    /// The whole quantised value of the graph that a step writes there, if it is one.
    private func quantizedValue(_ view: BufferView) -> PlannedStep.QuantizedValue? {
        let buffer = program.buffers[view.buffer]
        guard buffer.elementType == .uint8, view.rank == 3 || view.rank == 4, view.isChannelsLast,
            types[buffer.name]?.shape.dimensions == view.shape
        else { return nil }
        return PlannedStep.QuantizedValue(name: buffer.name, view: view)
    }

    /// Marks constants that no step reads, so that they take no memory.
    private mutating func settleConstants() {
        let used = Set(program.steps.flatMap(\.reads) + program.outputs.map(\.view.buffer))
        for index in program.buffers.indices where program.buffers[index].isConstant && !used.contains(index) {
            program.buffers[index].storage = .arena
        }
    }
}
