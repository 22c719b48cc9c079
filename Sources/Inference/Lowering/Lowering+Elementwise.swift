import CKernels
import ONNX
import Tensors

/// Elementwise operators: gathered into expressions, which become one step when their result is needed.
extension Lowering {
    /// The value's reals as an expression.
    mutating func expression(_ name: String, for node: Node) throws(EngineError) -> ElementwiseExpression {
        let value = try value(name, for: node)
        if let stored = value.stored, value.type == .float32 {
            return ElementwiseExpression(.init(view: stored, source: .float))
        }
        switch value.content {
        case .expression(let expression): return expression
        case .lookup(let bytes, let table, let quantization):
            let source: ElementwiseExpression.Source =
                quantization.map { .quantized(scale: $0.scale, zeroPoint: $0.zeroPoint) } ?? .table(table)
            return ElementwiseExpression(.init(view: bytes, source: source))
        case .dequantized(let bytes, let quantization): return perChannelExpression(bytes, quantization)
        default: return ElementwiseExpression(.init(view: try stored(name, for: node), source: .float))
        }
    }

    /// (bytes - zero points) * scales with one of each along an axis.
    mutating func perChannelExpression(_ bytes: BufferView, _ quantization: Quantization) -> ElementwiseExpression {
        var shape = [Int](repeating: 1, count: bytes.rank)
        shape[quantization.axis ?? 0] = quantization.scales.count
        let zeros = constantView("zero points", quantization.zeroPoints.map { Float($0) }, shape: shape)
        let scales = constantView("scales", quantization.scales, shape: shape)
        let raw = ElementwiseExpression(.init(view: bytes, source: .quantized(scale: 1, zeroPoint: 0)))
        let shifted = ElementwiseExpression.joined(
            [raw, ElementwiseExpression(.init(view: zeros, source: .float))], by: .combine(SIGHTLINE_FLOAT_SUBTRACT),
            shape: bytes.shape)
        return .joined(
            [shifted, ElementwiseExpression(.init(view: scales, source: .float))],
            by: .combine(SIGHTLINE_FLOAT_MULTIPLY), shape: bytes.shape)
    }

    /// Keeps what an elementwise node computes; puts it in memory at once when several readers need it.
    mutating func defineExpression(_ expression: ElementwiseExpression, of node: Node) throws(EngineError) {
        let name = node.outputs[0]
        try define(name, .expression(expression), in: node)
        guard useCount(name) > 1 else { return }
        let view = try materialize(expression, name, node)
        values[name]?.content = .stored(view)
    }

    /// A step that computes the expression into a new buffer.
    mutating func materialize(
        _ expression: ElementwiseExpression, _ name: String, _ node: Node
    ) throws(EngineError) -> BufferView {
        let model = modelOperand(of: expression)
        let output = makeLike(model.broadcast(to: expression.shape), name, shape: expression.shape)
        let finish = output.isChannelsLast ? pixelFinish(expression) : nil
        // A QuantizeLinear among the readers is computed on the way.
        guard let quantizer = try quantizer(of: name, allowsChannels: finish != nil) else {
            if let finish {
                appendPixelFinish(
                    finish, reals: output, bytes: nil, as: elementwiseName(expression, node), for: node)
            } else {
                appendElementwise(expression, to: output, for: node)
            }
            return output
        }
        let bytes = makeQuantized(quantizer.node.outputs[0], shape: expression.shape)
        if let finish {
            appendPixelFinish(
                finish, reals: output, bytes: (bytes, quantizer.quantization), as: elementwiseName(expression, node),
                for: node)
        } else {
            appendElementwise(expression, to: output, quantized: (bytes, quantizer.quantization), for: node)
        }
        fusedNodes.insert(quantizer.index)
        try define(quantizer.node.outputs[0], .quantized(bytes, quantizer.quantization), in: quantizer.node)
        return output
    }

    /// A QuantizeLinear that reads a value and is not lowered yet.
    ///
    /// - Parameter allowsChannels: whether it may have a scale for each channel.
    private func quantizer(
        of name: String, allowsChannels: Bool
    ) throws(EngineError) -> (index: Int, node: Node, quantization: Quantization)? {
        for index in readers[name] ?? [] where !fusedNodes.contains(index) {
            let node = graph.nodes[index]
            guard node.operatorType == "QuantizeLinear", values[node.outputs[0]] == nil,
                let quantization = try quantization(of: node),
                quantization.isPerTensor || (allowsChannels && quantization.axis == 1)
            else { continue }
            return (index, node, quantization)
        }
        return nil
    }

    /// The operand whose order the result takes: the first that is as large as the result and no constant.
    func modelOperand(of expression: ElementwiseExpression) -> BufferView {
        let views = expression.operands.map(\.view)
        let count = expression.shape.reduce(1, *)
        return views.first { $0.elementCount == count && !program.buffers[$0.buffer].isConstant }
            ?? views.first { $0.elementCount == count }
            ?? views[0]
    }

    mutating func appendElementwise(
        _ expression: ElementwiseExpression, to output: BufferView,
        quantized: (view: BufferView, quantization: Quantization)? = nil, for node: Node
    ) {
        let kernels = kernels
        let floatKernels = floatKernels
        let isFeatureMap = quantized.map { isBordered($0.view) } ?? false
        append(
            node, as: elementwiseName(expression, node) + (quantized == nil ? "" : "+Quantize"), kind: .float,
            reads: expression.operands.map(\.view), writes: [output] + (quantized.map { [$0.view] } ?? []),
            scratchBytes: ElementwiseStep.scratchBytes(for: expression)
        ) { resolver in
            var outputs = [ElementwiseOutput(resolver.resolve(output))]
            if let (view, quantization) = quantized {
                outputs.append(
                    ElementwiseOutput(
                        resolver.resolve(view), quantization: quantization,
                        border: isFeatureMap ? BorderFill(view, quantization: quantization, resolver) : nil))
            }
            return ElementwiseStep(
                expression,
                operands: expression.operands.map { resolver.resolve($0.view.broadcast(to: expression.shape)) },
                outputs: outputs, kernels: kernels, floatKernels: floatKernels)
        }
    }

    private func elementwiseName(_ expression: ElementwiseExpression, _ node: Node) -> String {
        let count = expression.instructions.count
        if count == 0 { return "Dequantize" }
        return node.operatorType + (count > 1 ? "(\(count) fused)" : "")
    }

    // MARK: - Operators

    /// A function of one value.
    mutating func lowerFunction(
        _ node: Node, _ function: sightline_float_function, _ p: Float = 0, _ q: Float = 0
    ) throws(EngineError) {
        let name = try requiredInput(0, of: node)
        switch try value(name, for: node).content {
        case .lookup(let bytes, let table, _):
            var result = table
            floatKernels.apply(function, p, q, table, &result, 256)
            return try define(node.outputs[0], .lookup(bytes, table: result, isIdentityOf: nil), in: node)
        case .concatenation(var pending) where function == SIGHTLINE_FLOAT_SIGMOID && !pending.isSigmoid:
            pending.isSigmoid = true
            return try define(node.outputs[0], .concatenation(pending), in: node)
        default: break
        }
        try defineExpression(try expression(name, for: node).applying(function, p, q), of: node)
    }

    /// A function of two or more values, applied from left to right.
    mutating func lowerCombination(
        _ node: Node, _ function: sightline_float_combination
    ) throws(EngineError) {
        guard !node.inputs.isEmpty else {
            throw .invalidNode(node: node.name, operatorType: node.operatorType, detail: "it has no inputs")
        }
        if try lowerCombinedLookup(node, function) { return }
        let shape = try shape(of: node.outputs[0], in: node)
        var result = try expression(try requiredInput(0, of: node), for: node)
        for index in node.inputs.indices.dropFirst() {
            let name = try requiredInput(index, of: node)
            if let scalar = scalar(name), let simple = Self.affine(function, scalar), result.shape == shape {
                result = result.applying(simple.function, simple.p, simple.q)
            } else {
                let other = try expression(name, for: node)
                let joint = Shape(result.shape).broadcast(with: Shape(other.shape))?.dimensions ?? shape
                result = .joined([result, other], by: .combine(function), shape: joint)
            }
        }
        try defineExpression(result, of: node)
    }

    /// What a combination with a constant on the right comes to.
    private static func affine(
        _ function: sightline_float_combination, _ scalar: Float
    ) -> (function: sightline_float_function, p: Float, q: Float)? {
        switch function {
        case SIGHTLINE_FLOAT_ADD: (SIGHTLINE_FLOAT_AFFINE, 1, scalar)
        case SIGHTLINE_FLOAT_SUBTRACT: (SIGHTLINE_FLOAT_AFFINE, 1, -scalar)
        case SIGHTLINE_FLOAT_MULTIPLY: (SIGHTLINE_FLOAT_AFFINE, scalar, 0)
        case SIGHTLINE_FLOAT_RAISE where scalar == 2: (SIGHTLINE_FLOAT_SQUARE, 0, 0)
        case SIGHTLINE_FLOAT_RAISE where scalar == 0.5: (SIGHTLINE_FLOAT_SQUARE_ROOT, 0, 0)
        case SIGHTLINE_FLOAT_RAISE where scalar == 1: (SIGHTLINE_FLOAT_COPY, 0, 0)
        case SIGHTLINE_FLOAT_RAISE: (SIGHTLINE_FLOAT_POWER, scalar, 0)
        case SIGHTLINE_FLOAT_PRELU: (SIGHTLINE_FLOAT_LEAKY, scalar, 0)
        default: nil
        }
    }

    /// The number, where a value is one constant.
    func scalar(_ name: String) -> Float? {
        guard let tensor = constant(name), tensor.elementCount == 1, tensor.elementType == .float32 else { return nil }
        return tensor.withElements(as: Float.self) { $0[0] }
    }

    /// Combinations of functions of the same quantised bytes, and of constants, are functions of these bytes.
    private mutating func lowerCombinedLookup(
        _ node: Node, _ function: sightline_float_combination
    ) throws(EngineError) -> Bool {
        var source: BufferView?
        var tables: [[Float]] = []
        for name in node.inputs {
            if let scalar = scalar(name) {
                tables.append([Float](repeating: scalar, count: 256))
            } else if case .lookup(let bytes, let table, _) = try value(name, for: node).content,
                source == nil || source == bytes
            {
                source = bytes
                tables.append(table)
            } else {
                return false
            }
        }
        guard let source, try shape(of: node.outputs[0], in: node) == source.shape else { return false }
        var result = tables[0]
        for table in tables.dropFirst() {
            let left = result
            floatKernels.combine(function, left, table, &result, 256)
        }
        try define(node.outputs[0], .lookup(source, table: result, isIdentityOf: nil), in: node)
        return true
    }

    /// x * scale[c] + shift[c], with statistics folded.
    mutating func lowerBatchNormalization(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let epsilon = try attributes.float("epsilon", default: 1e-5)
        var parts: [[Float]] = []
        for index in 1...4 {
            guard let tensor = constant(try requiredInput(index, of: node)), tensor.elementType == .float32 else {
                return try lowerReference(node)
            }
            parts.append(tensor.array(of: Float.self))
        }
        let name = try requiredInput(0, of: node)
        let shape = try shape(of: name, in: node)
        guard shape.count >= 2, node.outputs.dropFirst().allSatisfy(\.isEmpty),
            parts.allSatisfy({ $0.count == shape[1] })
        else { return try lowerReference(node) }
        var scale: [Float] = []
        var shift: [Float] = []
        for channel in 0..<shape[1] {
            let factor = Double(parts[0][channel]) / (Double(parts[3][channel]) + Double(epsilon)).squareRoot()
            scale.append(Float(factor))
            shift.append(Float(Double(parts[1][channel]) - Double(parts[2][channel]) * factor))
        }
        var broadcast = [Int](repeating: 1, count: shape.count)
        broadcast[1] = shape[1]
        let scaleView = constantView(node.name + " scale", scale, shape: broadcast)
        let shiftView = constantView(node.name + " shift", shift, shape: broadcast)
        let result = ElementwiseExpression.joined(
            [
                try expression(name, for: node), ElementwiseExpression(.init(view: scaleView, source: .float)),
                ElementwiseExpression(.init(view: shiftView, source: .float)),
            ], by: .multiplyAdd, shape: shape)
        try defineExpression(result, of: node)
    }

    /// Clip with constant bounds, given as attributes (before operator set 11) or inputs.
    mutating func lowerClip(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        var bounds: [Float] = [-.infinity, .infinity]
        for (index, attribute) in ["min", "max"].enumerated() {
            bounds[index] = try attributes.float(attribute, default: bounds[index])
            guard let name = input(index + 1, of: node) else { continue }
            guard let bound = scalar(name) else { return try lowerReference(node) }
            bounds[index] = bound
        }
        try lowerFunction(node, SIGHTLINE_FLOAT_CLIP, bounds[0], bounds[1])
    }
}
