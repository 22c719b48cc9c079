import CKernels
import ONNX
import Tensors

/// QuantizeLinear, DequantizeLinear, and the quantised values between them.
extension Lowering {
    /// Lowers QuantizeLinear and DequantizeLinear. Returns whether the node is one that bytes can express.
    mutating func lowerQuantization(_ node: Node) throws(EngineError) -> Bool {
        switch node.operatorType {
        case "QuantizeLinear": return try lowerQuantize(node)
        case "DequantizeLinear": return try lowerDequantize(node)
        default: return false
        }
    }

    /// The parameters of a QuantizeLinear or DequantizeLinear with constant scale and zero point of 8-bit integers.
    func quantization(of node: Node) throws(EngineError) -> Quantization? {
        let isQuantize = node.operatorType == "QuantizeLinear"
        let integers = isQuantize ? node.outputs[0] : try requiredInput(0, of: node)
        let type = try type(of: integers, in: node)
        guard type.elementType == .uint8 || type.elementType == .int8 else { return nil }
        guard var parameters = try integerParameters(of: node, shape: type.shape) else { return nil }
        let isSigned = type.elementType == .int8
        if isSigned { parameters.zeroPoints = parameters.zeroPoints.map { $0 + 128 } }
        return Quantization(
            scales: parameters.scales, zeroPoints: parameters.zeroPoints, axis: parameters.axis, isSigned: isSigned)
    }

    /// Scales, zero points (of the integers as they are) and axis; nil where they are not constant or are blocked.
    private func integerParameters(
        of node: Node, shape: Shape
    ) throws(EngineError) -> (scales: [Float], zeroPoints: [Int32], axis: Int?)? {
        let attributes = NodeAttributes(node)
        guard let scale = constant(try requiredInput(1, of: node)), scale.elementType == .float32,
            try attributes.int("block_size", default: 0) == 0, scale.shape.rank <= 1, scale.elementCount > 0
        else { return nil }
        let scales = scale.array(of: Float.self)
        guard scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType, detail: "its scale is not a positive number")
        }
        var zeroPoints = [Int32](repeating: 0, count: scales.count)
        if let name = input(2, of: node) {
            guard let tensor = constant(name), tensor.elementCount == scales.count else { return nil }
            switch tensor.elementType {
            case .uint8: zeroPoints = tensor.array(of: UInt8.self).map { Int32($0) }
            case .int8: zeroPoints = tensor.array(of: Int8.self).map { Int32($0) }
            case .int32: zeroPoints = tensor.array(of: Int32.self)
            default: return nil
            }
        }
        guard scales.count > 1 else { return (scales, zeroPoints, nil) }
        guard let axis = shape.normalizedAxis(try attributes.int("axis", default: 1)), shape[axis] == scales.count
        else {
            throw attributes.unsupported("axis", "\(scales.count) scales do not fit shape \(shape)")
        }
        return (scales, zeroPoints, axis)
    }

    // MARK: - DequantizeLinear

    private mutating func lowerDequantize(_ node: Node) throws(EngineError) -> Bool {
        let name = try requiredInput(0, of: node)
        let output = node.outputs[0]
        if let integers = constant(name) { return try lowerQuantizedConstant(node, integers) }
        guard let quantization = try quantization(of: node) else { return false }
        switch try value(name, for: node).content {
        case .quantized(let view, let written) where written.zeroPoints == quantization.zeroPoints:
            if quantization.isPerTensor {
                let table = quantization.dequantizationTable
                try define(output, .lookup(view, table: table, isIdentityOf: quantization), in: node)
            } else {
                try define(output, .dequantized(view, quantization), in: node)
            }
        case .quantizedLookup(let view, let table, _) where quantization.isPerTensor:
            let reals = quantization.dequantizationTable
            try define(output, .lookup(view, table: table.map { reals[Int($0)] }, isIdentityOf: nil), in: node)
        default:
            guard quantization.isPerTensor else { return false }
            // Bytes from elsewhere; signed ones are read by their bit patterns.
            let view = try stored(name, for: node)
            let table = (0..<256).map { bits -> Float in
                let integer = quantization.isSigned ? Int32(Int8(truncatingIfNeeded: bits)) + 128 : Int32(bits)
                return (Float(integer) - Float(quantization.zeroPoint)) * quantization.scale
            }
            try define(
                output, .lookup(view, table: table, isIdentityOf: quantization.isSigned ? nil : quantization), in: node)
            return true
        }
        values[output]?.quantizedSource = (name, quantization)
        return true
    }

    private mutating func lowerQuantizedConstant(_ node: Node, _ integers: Tensor) throws(EngineError) -> Bool {
        guard [.int8, .uint8, .int32].contains(integers.elementType),
            let parameters = try integerParameters(of: node, shape: integers.shape)
        else { return false }
        let constant = QuantizedConstant(
            integers: integers, scales: parameters.scales, zeroPoints: parameters.zeroPoints, axis: parameters.axis)
        try define(node.outputs[0], .quantizedConstant(constant), in: node)
        return true
    }

    // MARK: - QuantizeLinear

    private mutating func lowerQuantize(_ node: Node) throws(EngineError) -> Bool {
        let name = try requiredInput(0, of: node)
        let output = node.outputs[0]
        if values[output] != nil { return true }
        guard try type(of: name, in: node).elementType == .float32, let quantization = try quantization(of: node) else {
            return false
        }
        if quantization.isPerTensor, case .lookup(let bytes, let table, let known) = try value(name, for: node).content
        {
            if let known, known.scale == quantization.scale, known.zeroPoint == quantization.zeroPoint {
                try define(output, .quantized(bytes, quantization), in: node)
            } else {
                let composed = table.map { quantization.quantized($0) }
                try define(output, .quantizedLookup(bytes, table: composed, quantization), in: node)
            }
            return true
        }
        let shape = try shape(of: name, in: node)
        let view = makeQuantized(output, shape: shape)
        try quantize(name, into: view, quantization, for: node)
        try define(output, .quantized(view, quantization), in: node)
        return true
    }

    /// Computes a value's reals and stores them as bytes.
    mutating func quantize(
        _ name: String, into target: BufferView, _ quantization: Quantization, for node: Node
    ) throws(EngineError) {
        var expression = try expression(name, for: node)
        if appendQuantizedSum(expression, to: target, quantization, for: node) { return }
        if isBordered(target), target.isChannelsLast, quantization.isPerTensor || quantization.axis == 1,
            let finish = pixelFinish(expression)
        {
            let operators = "Elementwise(\(expression.instructions.count))"
            return appendPixelFinish(
                finish, reals: nil, bytes: (target, quantization), as: operators, for: node)
        }
        var scalar = quantization
        if let axis = quantization.axis {
            var shape = [Int](repeating: 1, count: expression.shape.count)
            shape[axis] = quantization.scales.count
            let scales = constantView("scales", quantization.scales, shape: shape)
            let zeros = constantView("zero points", quantization.zeroPoints.map { Float($0) }, shape: shape)
            for (view, function) in [(scales, SIGHTLINE_FLOAT_DIVIDE), (zeros, SIGHTLINE_FLOAT_ADD)] {
                expression = .joined(
                    [expression, ElementwiseExpression(.init(view: view, source: .float))], by: .combine(function),
                    shape: expression.shape)
            }
            scalar = Quantization(scales: [1], zeroPoints: [0], axis: nil, isSigned: quantization.isSigned)
        }
        let joined = expression
        let kernels = kernels
        let floatKernels = floatKernels
        let isFeatureMap = isBordered(target)
        append(
            node, as: joined.instructions.isEmpty ? "Quantize" : "Elementwise(\(joined.instructions.count))+Quantize",
            kind: .float, reads: joined.operands.map(\.view), writes: [target],
            scratchBytes: ElementwiseStep.scratchBytes(for: joined)
        ) { [scalar] resolver in
            let border = isFeatureMap ? BorderFill(target, quantization: quantization, resolver) : nil
            return ElementwiseStep(
                joined, operands: joined.operands.map { resolver.resolve($0.view.broadcast(to: joined.shape)) },
                outputs: [ElementwiseOutput(resolver.resolve(target), quantization: scalar, border: border)],
                kernels: kernels, floatKernels: floatKernels)
        }
    }

    /// The sum of two quantised values, quantised: a kernel of its own.
    private mutating func appendQuantizedSum(
        _ expression: ElementwiseExpression, to target: BufferView, _ quantization: Quantization, for node: Node
    ) -> Bool {
        guard quantization.isPerTensor, expression.operands.count == 2, expression.instructions.count == 1,
            case .combine(SIGHTLINE_FLOAT_ADD) = expression.instructions[0].function,
            expression.operands.allSatisfy({ $0.view.shape == expression.shape && $0.view.isChannelsLast }),
            case .quantized(let scaleA, let zeroA) = expression.operands[0].source,
            case .quantized(let scaleB, let zeroB) = expression.operands[1].source, target.isChannelsLast,
            expression.shape.count >= 3
        else { return false }
        let a = Double(scaleA) / Double(quantization.scale)
        let b = Double(scaleB) / Double(quantization.scale)
        let bias = Double(quantization.zeroPoint) - Double(zeroA) * a - Double(zeroB) * b
        let parameters = sightline_add_parameters(scale_a: Float(a), scale_b: Float(b), bias: Float(bias))
        let views = expression.operands.map(\.view.asImage)
        let kernels = kernels
        let isFeatureMap = isBordered(target)
        append(node, as: "Add", kind: .int8, reads: views, writes: [target]) { resolver in
            QuantizedSumStep(
                parameters, a: resolver.resolve(views[0]).featureMap(of: UInt8.self),
                b: resolver.resolve(views[1]).featureMap(of: UInt8.self),
                output: resolver.resolve(target.asImage).featureMap(of: UInt8.self),
                border: isFeatureMap ? BorderFill(target, quantization: quantization, resolver) : nil, kernels: kernels)
        }
        return true
    }

    // MARK: - Quantised buffers

    /// A new quantised feature map, channels adjacent, border as its readers will ask.
    mutating func makeQuantizedFeatureMap(_ name: String, shape: [Int]) -> BufferView {
        let isImage = shape.count == 4
        let buffer = Buffer(
            name: name, elementType: .uint8,
            form: .bordered(
                batch: shape[0], channels: shape[1], height: isImage ? shape[2] : 1, width: shape[shape.count - 1]))
        return .bordered(addBuffer(buffer), shape: shape)
    }

    /// A new buffer of bytes: a feature map for three and four axes, else row-major.
    mutating func makeQuantized(_ name: String, shape: [Int]) -> BufferView {
        guard shape.count == 3 || shape.count == 4 else {
            return makeRowMajor(name, shape: shape, elementType: .uint8)
        }
        return makeQuantizedFeatureMap(name, shape: shape)
    }

    func isBordered(_ view: BufferView) -> Bool {
        if case .bordered = program.buffers[program.root(of: view.buffer)].form { true } else { false }
    }

    /// The quantised bytes behind a real value, and what they mean; nil where it has none. Makes a look-up's bytes.
    mutating func quantizedOperand(
        _ name: String, for node: Node
    ) throws(EngineError) -> (view: BufferView, quantization: Quantization)? {
        let value = try value(name, for: node)
        switch value.content {
        case .lookup(let view, _, let quantization?): return (view, quantization)
        case .dequantized(let view, let quantization): return (view, quantization)
        default: break
        }
        guard let source = value.quantizedSource else { return nil }
        return (try quantizedBytes(source.name, for: node), source.quantization)
    }

    /// Whether ``quantizedOperand(_:for:)`` finds bytes; makes nothing.
    func hasQuantizedOperand(_ name: String) -> Bool {
        guard let value = values[name] else { return false }
        switch value.content {
        case .lookup(_, _, .some), .dequantized: return true
        default: return value.quantizedSource != nil
        }
    }

    /// Bytes as a feature map whose border is at least `border` wide: the map itself where its border can grow.
    mutating func featureMap(
        _ view: BufferView, _ quantization: Quantization, border: Buffer.Border, for node: Node
    ) -> BufferView {
        let root = program.root(of: view.buffer)
        let isWhole: Bool
        if case .bordered(let batch, _, let height, let width) = program.buffers[root].form, view.isChannelsLast {
            let image = view.asImage
            isWhole =
                image.shape[2] == height && image.shape[3] == width && image.shape[0] == batch
                && view.offset.row == 0 && view.offset.pixel == 0 && view.offset.image == 0
                && image.strides[3] == SymbolicStride(pixel: 1)
                && (height == 1 || image.strides[2] == SymbolicStride(row: 1))
            if border == .none && (isWhole || image.strides[3].element == 0) { return view }
        } else {
            isWhole = false
        }
        if isWhole {
            program.buffers[root].border = program.buffers[root].border.union(border)
            return view
        }
        let copy = makeQuantizedFeatureMap("copy", shape: view.shape)
        program.buffers[copy.buffer].border = border
        appendQuantizedCopy(from: view, to: copy, quantization, for: node)
        return copy
    }

    mutating func appendQuantizedCopy(
        from source: BufferView, to target: BufferView, _ quantization: Quantization, for node: Node
    ) {
        let floatKernels = floatKernels
        append(node, as: "Copy", kind: .movement, reads: [source], writes: [target]) { resolver in
            CopyStep(
                from: resolver.resolve(source), to: resolver.resolve(target),
                border: BorderFill(target, quantization: quantization, resolver), floatKernels: floatKernels)
        }
    }

    /// Bytes replaced through a table.
    mutating func lookUp(
        _ source: BufferView, _ table: [UInt8], _ quantization: Quantization, _ name: String, _ node: Node
    ) -> BufferView {
        let target = makeQuantized(name, shape: source.shape)
        appendLookUp(from: source, to: target, table, zeroPoints: quantization.zeroPoints, for: node)
        return target
    }

    mutating func appendLookUp(
        from source: BufferView, to target: BufferView, _ table: [UInt8], zeroPoints: [Int32] = [0], for node: Node
    ) {
        let kernels = kernels
        let isFeatureMap = isBordered(target)
        append(node, as: "LookUp", kind: .int8, reads: [source], writes: [target]) { resolver in
            let border =
                isFeatureMap
                ? BorderFill(
                    resolver.resolve(target).featureMap(of: UInt8.self), border: resolver.border(of: target.buffer),
                    zeroPoints: zeroPoints) : nil
            return LookUpStep(
                table, from: resolver.resolve(source), to: resolver.resolve(target), border: border, kernels: kernels)
        }
    }

    /// Quantised bytes as the s8 that the network declares, in row-major order.
    mutating func signedCopy(of bytes: BufferView, _ name: String, _ node: Node) -> BufferView {
        let target = makeRowMajor(name, shape: bytes.shape, elementType: .uint8)
        appendLookUp(from: bytes, to: target, (0..<256).map { UInt8($0) ^ 0x80 }, for: node)
        return target
    }

    /// The one quantisation of a picture that the network quantises itself. Other readers, if there are any, then see the
    /// quantised pixels as well.
    func soleQuantization(of name: String, shape: [Int]) -> Quantization? {
        guard shape.count == 4, shape[0] == 1, shape[1] <= 4, types[name]?.elementType == .float32, !isOutput(name)
        else { return nil }
        let quantizers = (readers[name] ?? []).map { graph.nodes[$0] }.filter { $0.operatorType == "QuantizeLinear" }
        guard quantizers.count == 1, let quantization = try? quantization(of: quantizers[0]), quantization.isPerTensor
        else { return nil }
        return quantization
    }
}
