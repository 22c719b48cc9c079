import CKernels
import ONNX
import Tensors

/// Values in memory: in any order, in row-major order, or with channels adjacent.
extension Lowering {
    func value(_ name: String, for node: Node) throws(EngineError) -> LoweredValue {
        guard let value = values[name] else {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType, detail: "nothing computes value '\(name)'")
        }
        return value
    }

    mutating func define(_ name: String, _ content: ValueContent, in node: Node) throws(EngineError) {
        guard !name.isEmpty else { return }
        let type = try type(of: name, in: node)
        guard type.shape.checkedElementCount ?? 0 > 0 else {
            throw .unsupportedOperator(
                node: node.name, operatorType: node.operatorType, detail: "value '\(name)' has no elements")
        }
        values[name] = LoweredValue(content: content, type: type.elementType, shape: type.shape.dimensions)
    }

    /// The value's elements in memory, in whatever order: reals where it is quantised.
    mutating func stored(_ name: String, for node: Node) throws(EngineError) -> BufferView {
        let value = try value(name, for: node)
        if let stored = value.stored { return stored }
        let view: BufferView
        switch value.content {
        case .stored(let stored): view = stored
        case .constant(let tensor): view = constantView(name, tensor)
        case .quantizedConstant(let constant): view = constantView(name, constant.reals)
        case .expression(let expression): view = try materialize(expression, name, node)
        case .concatenation(let pending): view = joined(pending, name, shape: value.shape, node)
        case .lookup(let bytes, let table, let quantization):
            let source: ElementwiseExpression.Source =
                quantization.map { .quantized(scale: $0.scale, zeroPoint: $0.zeroPoint) } ?? .table(table)
            view = try materialize(ElementwiseExpression(.init(view: bytes, source: source)), name, node)
        case .dequantized(let bytes, let quantization):
            view = try materialize(perChannelExpression(bytes, quantization), name, node)
        case .quantized(let bytes, let quantization):
            view = quantization.isSigned ? signedCopy(of: bytes, name, node) : bytes
        case .quantizedLookup:
            let bytes = try quantizedBytes(name, for: node)
            let isSigned = value.type == .int8
            view = isSigned ? signedCopy(of: bytes, name, node) : bytes
        }
        values[name]?.stored = view
        return view
    }

    /// The bytes of a quantised value, as the engine keeps them (u8).
    mutating func quantizedBytes(_ name: String, for node: Node) throws(EngineError) -> BufferView {
        switch try value(name, for: node).content {
        case .quantized(let view, _): return view
        case .quantizedLookup(let source, let table, let quantization):
            let view = lookUp(source, table, quantization, name, node)
            values[name]?.content = .quantized(view, quantization)
            return view
        default:
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType, detail: "value '\(name)' is not quantised")
        }
    }

    /// The value's elements in row-major order without gaps.
    mutating func rowMajor(_ name: String, for node: Node) throws(EngineError) -> BufferView {
        let view = try stored(name, for: node)
        if view.isRowMajor { return view }
        if let copy = values[name]?.rowMajor { return copy }
        let copy = makeRowMajor(name, shape: view.shape, elementType: program.buffers[view.buffer].elementType)
        appendCopy(from: view, to: copy, for: node)
        values[name]?.rowMajor = copy
        return copy
    }

    /// The reals of an N x C x L or N x C x H x W value with channels adjacent.
    mutating func channelsLast(_ name: String, for node: Node) throws(EngineError) -> BufferView {
        let view = try stored(name, for: node)
        if view.isChannelsLast { return view }
        if let copy = values[name]?.channelsLast { return copy }
        let copy = makeFeatureMap(name, shape: view.shape)
        appendCopy(from: view, to: copy, for: node)
        values[name]?.channelsLast = copy
        return copy
    }

    /// A constant's elements; the buffer has memory of its own.
    mutating func constantView(_ name: String, _ tensor: Tensor) -> BufferView {
        let buffer = Buffer(
            name: name, elementType: tensor.elementType, form: .linear(count: tensor.elementCount),
            storage: .constant(tensor))
        return .rowMajor(addBuffer(buffer), shape: tensor.shape.dimensions)
    }

    mutating func constantView(_ name: String, _ elements: [Float], shape: [Int]) -> BufferView {
        constantView(name, Tensor(elements, shape: Shape(shape)))
    }

    /// A step that copies one view's elements to another of the same shape.
    ///
    /// - Parameters:
    ///   - isSigmoid: whether the sigmoids of reals are written instead.
    ///   - isMovable: whether no other step writes there.
    mutating func appendCopy(
        from source: BufferView, to target: BufferView, isSigmoid: Bool = false, isMovable: Bool = true, for node: Node
    ) {
        let floatKernels = floatKernels
        if isSigmoid {
            let expression = ElementwiseExpression(.init(view: source, source: .float))
            appendElementwise(expression.applying(SIGHTLINE_FLOAT_SIGMOID, 0, 0), to: target, for: node)
        } else {
            append(node, as: "Copy", kind: .movement, reads: [source], writes: [target]) { resolver in
                CopyStep(from: resolver.resolve(source), to: resolver.resolve(target), floatKernels: floatKernels)
            }
        }
        program.steps[program.steps.count - 1].movement = PlannedStep.Movement(
            source: source, target: target, isSigmoid: isSigmoid, isMovable: isMovable)
    }

    // MARK: - Inputs and outputs

    mutating func lowerInput(_ input: ValueInfo) throws(EngineError) {
        guard let type = types[input.name] else { throw .unknownValue(name: input.name) }
        guard type.shape.checkedElementCount ?? 0 > 0 else {
            throw .invalidInput(name: input.name, detail: "its shape \(type.shape) has no elements")
        }
        var view = makeRowMajor(input.name, shape: type.shape.dimensions, elementType: type.elementType)
        program.buffers[view.buffer].storage = .permanent
        var quantization: Quantization?
        if options.prefersQuantizedInput, let wanted = soleQuantization(of: input.name, shape: type.shape.dimensions) {
            program.buffers.removeLast()
            view = makeQuantizedFeatureMap(input.name, shape: type.shape.dimensions)
            program.buffers[view.buffer].storage = .permanent
            quantization = wanted
        }
        program.inputs.append(
            Program.Input(
                name: input.name, shape: type.shape, elementType: type.elementType, view: view,
                quantization: quantization))
        let content: ValueContent
        if let quantization {
            content = .lookup(view, table: quantization.dequantizationTable, isIdentityOf: quantization)
        } else {
            content = .stored(view)
        }
        values[input.name] = LoweredValue(
            content: content, type: type.elementType, shape: type.shape.dimensions)
    }

    mutating func lowerOutput(_ name: String) throws(EngineError) {
        guard let type = types[name], values[name] != nil else { throw .unknownValue(name: name) }
        let node = Node(name: name, operatorType: "Output", inputs: [name], outputs: [])
        var view = try rowMajor(name, for: node)
        let root = program.root(of: view.buffer)
        // An output must stay where nothing overwrites it, and must not be the caller's own input memory.
        if !program.buffers[root].isArena {
            let copy = makeRowMajor(name, shape: view.shape, elementType: program.buffers[root].elementType)
            appendCopy(from: view, to: copy, for: node)
            view = copy
        }
        program.buffers[program.root(of: view.buffer)].storage = .permanent
        program.outputs.append(
            Program.Output(name: name, shape: type.shape, elementType: type.elementType, view: view))
    }
}
