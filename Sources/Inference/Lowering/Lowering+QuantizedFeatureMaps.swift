import CKernels
import ONNX
import Tensors

/// Operators that leave quantised values as they are: Concat, MaxPool, nearest Resize. Their results are bytes as well, so
/// that a QuantizeLinear behind them costs nothing where parameters are equal, and a table where they are not.
extension Lowering {
    // MARK: - Concat

    /// Puts quantised feature maps beside each other. Returns false when there is nothing to gain.
    mutating func lowerQuantizedConcat(_ node: Node, axis: Int, shape: [Int]) throws(EngineError) -> Bool {
        guard shape.count == 3 || shape.count == 4 else { return false }
        guard let quantization = try concatQuantization(node) else { return false }
        let output = makeQuantizedFeatureMap(node.outputs[0], shape: shape)
        var start = 0
        var parts: [(name: String, view: BufferView?, part: BufferView)] = []
        for name in node.inputs {
            let count = try self.shape(of: name, in: node)[axis]
            let part = output.sliced(axis: axis, start: start, count: count)
            start += count
            var view: BufferView?
            if case .lookup(let bytes, _, let known?) = try value(name, for: node).content,
                known.scale == quantization.scale, known.zeroPoint == quantization.zeroPoint
            {
                view = bytes
            }
            parts.append((name, view, part))
        }
        var index = 0
        while index < parts.count {
            let (joined, count) = joinedNeighbours(parts[index...].map(\.view), axis: axis)
            if let joined {
                let part = output.sliced(axis: axis, start: parts[index].part.offset.element, count: joined.shape[axis])
                let isFirstUse = parts[..<index].allSatisfy { other in
                    other.view.map { program.root(of: $0.buffer) != program.root(of: joined.buffer) } ?? true
                }
                if axis == 1, isFirstUse, placeQuantized(joined, at: part) {
                    index += count
                    continue
                }
            }
            try fill(parts[index].part, from: parts[index].name, quantization, for: node)
            index += 1
        }
        try define(
            node.outputs[0], .lookup(output, table: quantization.dequantizationTable, isIdentityOf: quantization),
            in: node)
        return true
    }

    /// How the joined value is quantised: as a QuantizeLinear behind it says, else as all its parts are.
    private func concatQuantization(_ node: Node) throws(EngineError) -> Quantization? {
        if let (_, reader) = onlyReader(of: node.outputs[0]), reader.operatorType == "QuantizeLinear",
            let quantization = try quantization(of: reader), quantization.isPerTensor
        {
            return node.inputs.contains { hasQuantizedOperand($0) } ? quantization : nil
        }
        var common: Quantization?
        for name in node.inputs {
            guard case .lookup(_, _, let known?) = try value(name, for: node).content else { return nil }
            guard common == nil || common == known else { return nil }
            common = known
        }
        return common
    }

    /// Neighbouring slices of one buffer as a single view: what a Split cut, a Concat may put together again.
    func joinedNeighbours(_ views: [BufferView?], axis: Int) -> (view: BufferView?, count: Int) {
        guard var joined = views.first ?? nil else { return (nil, 1) }
        var count = 1
        for view in views.dropFirst() {
            guard let view, view.buffer == joined.buffer, view.strides == joined.strides,
                view.offset == joined.offset + joined.strides[axis] * joined.shape[axis]
            else { break }
            joined.shape[axis] += view.shape[axis]
            count += 1
            if count == views.count { break }
        }
        return (joined, count)
    }

    /// Makes a quantised feature map's own buffer a slice of another one's channels, so that its producer writes there.
    ///
    /// - Returns: false when the buffer is not free to move.
    private mutating func placeQuantized(_ view: BufferView, at part: BufferView) -> Bool {
        let buffer = program.buffers[view.buffer]
        guard case .bordered(_, let channels, _, _) = buffer.form, buffer.parent == nil, buffer.isArena,
            !buffer.hasFixedPitch, view.covers(.bordered(view.buffer, shape: view.shape)), channels == view.shape[1]
        else { return false }
        program.buffers[view.buffer].parent = Buffer.Parent(
            buffer: part.buffer, elementOffset: part.offset.element, pixelOffset: 0)
        let root = program.root(of: part.buffer)
        program.buffers[root].border = program.buffers[root].border.union(buffer.border)
        return true
    }

    /// Writes a value into a part of a quantised buffer: a copy, a table's results, or computed reals.
    private mutating func fill(
        _ part: BufferView, from name: String, _ quantization: Quantization, for node: Node
    ) throws(EngineError) {
        let source = try value(name, for: node)
        guard case .lookup(let bytes, let table, let known) = source.content else {
            return try quantize(name, into: part, quantization, for: node)
        }
        if let known, known.scale == quantization.scale, known.zeroPoint == quantization.zeroPoint {
            appendQuantizedCopy(from: bytes, to: part, quantization, for: node)
        } else {
            let composed = table.map { quantization.quantized($0) }
            appendLookUp(from: bytes, to: part, composed, zeroPoints: quantization.zeroPoints, for: node)
        }
    }

    // MARK: - Pool and resize

    mutating func lowerQuantizedPool(_ node: Node) throws(EngineError) -> Bool {
        let name = try requiredInput(0, of: node)
        let inputShape = try shape(of: name, in: node)
        let outputShape = try shape(of: node.outputs[0], in: node)
        guard hasQuantizedOperand(name), inputShape.count == 3 || inputShape.count == 4,
            node.outputs.dropFirst().allSatisfy(\.isEmpty), let source = try quantizedOperand(name, for: node),
            source.quantization.isPerTensor
        else { return false }
        let isGlobal = node.operatorType.hasPrefix("Global")
        let window = try WindowAttributes(
            node, kernel: isGlobal ? Array(inputShape.dropFirst(2)) : nil, input: inputShape, output: outputShape)
        let input = featureMap(source.view, source.quantization, border: .none, for: node).asImage
        let output = makeQuantizedFeatureMap(node.outputs[0], shape: outputShape)
        let quantization = source.quantization
        let kernels = kernels
        append(node, kind: .int8, reads: [input], writes: [output]) { resolver in
            QuantizedPoolStep(
                window.shape, input: resolver.resolve(input).featureMap(of: UInt8.self),
                output: resolver.resolve(output.asImage).featureMap(of: UInt8.self),
                border: BorderFill(output, quantization: quantization, resolver), kernels: kernels)
        }
        try define(
            node.outputs[0], .lookup(output, table: quantization.dequantizationTable, isIdentityOf: quantization),
            in: node)
        return true
    }

    mutating func lowerQuantizedResize(
        _ node: Node, _ rows: [ResizeAxis.Source], _ columns: [ResizeAxis.Source], interpolates: Bool
    ) throws(EngineError) -> Bool {
        let name = try requiredInput(0, of: node)
        guard !interpolates, hasQuantizedOperand(name), let source = try quantizedOperand(name, for: node),
            source.quantization.isPerTensor
        else { return false }
        let input = featureMap(source.view, source.quantization, border: .none, for: node).asImage
        let output = makeQuantizedFeatureMap(node.outputs[0], shape: try shape(of: node.outputs[0], in: node))
        let quantization = source.quantization
        let floatKernels = floatKernels
        append(node, kind: .int8, reads: [input], writes: [output]) { resolver in
            ResizeStep<UInt8>(
                input: resolver.resolve(input).featureMap(of: UInt8.self),
                output: resolver.resolve(output.asImage).featureMap(of: UInt8.self), rows: rows, columns: columns,
                interpolates: false, border: BorderFill(output, quantization: quantization, resolver),
                kernels: floatKernels)
        }
        let isDoubled = { (axis: [ResizeAxis.Source]) in axis.indices.allSatisfy { axis[$0].index == $0 / 2 } }
        if isDoubled(rows), isDoubled(columns), input.shape[2] * 2 == rows.count, input.shape[3] * 2 == columns.count {
            program.steps[program.steps.count - 1].enlargement = PlannedStep.Enlargement(
                source: input, target: output, output: node.outputs[0])
        }
        try define(
            node.outputs[0], .lookup(output, table: quantization.dequantizationTable, isIdentityOf: quantization),
            in: node)
        return true
    }
}
