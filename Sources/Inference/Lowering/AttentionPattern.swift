import CKernels
import ONNX
import Tensors

/// softmax(scale * Q K) V as exporters write it: MatMul, a scalar factor perhaps, Softmax over the last axis, a
/// transposition perhaps, MatMul.
struct AttentionPattern {
    /// The names of Q and K, as the first product takes them.
    var queries: String
    var keys: String
    var scale: Float
    /// Whether the weights are transposed before the second product, which then has them on the right.
    var isTransposed: Bool
    /// The weights, as the second product names them.
    var weights: String
    /// Nodes between the first product and the second.
    var inner: [Int]
}

extension Lowering {
    /// The pattern that begins with a MatMul, or nil.
    func attention(from node: Node) throws(EngineError) -> AttentionPattern? {
        let queries = try requiredInput(0, of: node)
        let keys = try requiredInput(1, of: node)
        let rank = try shape(of: node.outputs[0], in: node).count
        guard rank >= 3, try shape(of: queries, in: node).count == rank, try shape(of: keys, in: node).count == rank
        else { return nil }
        var pattern = AttentionPattern(
            queries: queries, keys: keys, scale: 1, isTransposed: false, weights: node.outputs[0], inner: [])
        var hasSoftmax = false
        while let (index, reader) = onlyReader(of: pattern.weights) {
            switch reader.operatorType {
            case "Mul" where !hasSoftmax, "Div" where !hasSoftmax:
                guard reader.inputs.first == pattern.weights, let factor = scalar(reader.inputs[1]) else { return nil }
                pattern.scale *= reader.operatorType == "Mul" ? factor : 1 / factor
            case "Softmax" where !hasSoftmax:
                let isOld = graph.operatorSetVersion < 13
                let axis = try NodeAttributes(reader).int("axis", default: isOld ? 1 : -1)
                guard axis == -1 || axis == rank - 1 else { return nil }
                hasSoftmax = true
            case "Transpose" where hasSoftmax && !pattern.isTransposed:
                var swapped = Array(0..<rank)
                swapped.swapAt(rank - 1, rank - 2)
                guard try NodeAttributes(reader).ints("perm") == swapped else { return nil }
                pattern.isTransposed = true
            case "MatMul" where hasSoftmax:
                let position = pattern.isTransposed ? 1 : 0
                guard reader.inputs.count == 2, reader.inputs[position] == pattern.weights,
                    reader.inputs[1 - position] != pattern.weights,
                    try shape(of: reader.inputs[1 - position], in: reader).count == rank
                else { return nil }
                return pattern
            default: return nil
            }
            pattern.inner.append(index)
            pattern.weights = reader.outputs[0]
        }
        return nil
    }

    /// Lowers the second product of an attention whose first product was put off. Returns false for other products.
    mutating func lowerAttention(_ node: Node) throws(EngineError) -> Bool {
        var found: AttentionPattern?
        for name in node.inputs where found == nil { found = attentions[name] }
        guard let pattern = found else { return false }
        let shape = try shape(of: node.outputs[0], in: node)
        let rank = shape.count
        let swap = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
        let queryView = try stored(pattern.queries, for: node)
        let keys = columnsAdjacent(try stored(pattern.keys, for: node), pattern.keys, for: node)
        let name = node.inputs[pattern.isTransposed ? 0 : 1]
        var values = try stored(name, for: node)
        if pattern.isTransposed { values = values.transposed(swap) }
        values = columnsAdjacent(values, name, for: node)
        let output = makeProduct(node, shape: shape, columnsFirst: pattern.isTransposed)
        let result = pattern.isTransposed ? output.transposed(swap) : output
        let parts = AttentionParts(
            queries: queryView, keys: keys, values: values, output: output, result: result, scale: pattern.scale)
        if weighsAttentionInBytes, keys.shape[rank - 1] <= ByteAttentionStep.mostKeys {
            appendByteAttention(node, parts)
        } else {
            appendAttention(node, parts)
        }
        try define(node.outputs[0], .stored(output), in: node)
        return true
    }

    /// What an attention reads and writes, as its steps take it.
    private struct AttentionParts {
        var queries: BufferView
        var keys: BufferView
        var values: BufferView
        var output: BufferView
        /// The output as stack x queries x features.
        var result: BufferView
        var scale: Float

        /// A part with the output's stack of matrices.
        func stacked(_ view: BufferView) -> BufferView {
            view.broadcast(to: Array(result.shape.dropLast(2)) + view.shape.suffix(2))
        }

        var multiplyAccumulates: Int {
            let count = keys.shape[keys.rank - 1]
            return result.elementCount * count
                + result.elementCount / result.shape[result.rank - 1] * count * queries.shape[queries.rank - 1]
        }
    }

    /// Whether the file says that bytes are good enough for the weights and values of an attention.
    private var weighsAttentionInBytes: Bool {
        graph.metadata[ByteAttention.metadataKey] == ByteAttention.metadataValue
    }

    private mutating func appendAttention(_ node: Node, _ parts: AttentionParts) {
        let floatKernels = floatKernels
        append(
            node, as: "Attention", kind: .float, reads: [parts.queries, parts.keys, parts.values],
            writes: [parts.output], scratchBytes: AttentionStep.scratchBytes,
            multiplyAccumulates: parts.multiplyAccumulates
        ) { resolver in
            AttentionStep(
                queries: resolver.resolve(parts.stacked(parts.queries)),
                keys: resolver.resolve(parts.stacked(parts.keys)),
                values: resolver.resolve(parts.stacked(parts.values)), output: resolver.resolve(parts.result),
                scale: parts.scale, kernels: floatKernels)
        }
    }

    private mutating func appendByteAttention(_ node: Node, _ parts: AttentionParts) {
        let kernels = kernels
        let floatKernels = floatKernels
        let values = parts.stacked(parts.values)
        let keyCount = values.shape[values.rank - 2]
        let features = values.shape[values.rank - 1]
        let matrices = values.shape.dropLast(2).reduce(1, *)
        let pitch = ByteValuesStep.packedPitch(ByteValuesStep.shape(keys: keyCount, features: features), kernels)
        let packed = makeRowMajor(node.name, shape: [matrices * pitch], elementType: .uint8)
        let units = makeRowMajor(node.name, shape: [matrices * ByteValuesStep.unitPitch(features: features)])
        append(
            node, as: "AttentionValues", kind: .movement, reads: [parts.values], writes: [packed, units],
            scratchBytes: ByteValuesStep.scratchBytes(keys: keyCount, features: features)
        ) { resolver in
            ByteValuesStep(
                values: resolver.resolve(values), packed: resolver.resolve(packed), units: resolver.resolve(units),
                kernels: kernels, floatKernels: floatKernels)
        }
        append(
            node, as: "Attention", kind: .int8, reads: [parts.queries, parts.keys, packed, units],
            writes: [parts.output], scratchBytes: ByteAttentionStep.scratchBytes(keys: keyCount),
            multiplyAccumulates: parts.multiplyAccumulates
        ) { resolver in
            ByteAttentionStep(
                queries: resolver.resolve(parts.stacked(parts.queries)),
                keys: resolver.resolve(parts.stacked(parts.keys)), packed: resolver.resolve(packed),
                units: resolver.resolve(units), output: resolver.resolve(parts.result), scale: parts.scale,
                kernels: kernels, floatKernels: floatKernels)
        }
    }
}
