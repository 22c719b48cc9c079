import CKernels
import ONNX
import Tensors

/// Matrix products, softmax and reductions.
extension Lowering {
    /// A matrix, or a stack of them, as the right side of a product: with columns adjacent, copied if need be.
    mutating func columnsAdjacent(_ view: BufferView, _ name: String, for node: Node) -> BufferView {
        if view.strides[view.rank - 1] == .elements(1) || view.shape[view.rank - 1] == 1 { return view }
        let copy = makeRowMajor(name, shape: view.shape)
        appendCopy(from: view, to: copy, for: node)
        return copy
    }

    mutating func lowerMatrixProduct(_ node: Node) throws(EngineError) {
        if try lowerAttention(node) { return }
        if let pattern = try attention(from: node) {
            fusedNodes.formUnion(pattern.inner)
            attentions[pattern.weights] = pattern
            return
        }
        let names = [try requiredInput(0, of: node), try requiredInput(1, of: node)]
        var a = try stored(names[0], for: node)
        var b = try stored(names[1], for: node)
        let outputShape = try shape(of: node.outputs[0], in: node)
        guard a.rank >= 1, b.rank >= 1 else { return try lowerReference(node) }
        // One-dimensional operands become a row on the left, a column on the right.
        let isRow = a.rank == 1
        let isColumn = b.rank == 1
        if isRow {
            a = BufferView(buffer: a.buffer, offset: a.offset, shape: [1] + a.shape, strides: [.zero] + a.strides)
        }
        if isColumn {
            b = BufferView(buffer: b.buffer, offset: b.offset, shape: b.shape + [1], strides: b.strides + [.zero])
        }
        var productShape = outputShape
        if isRow { productShape.insert(1, at: outputShape.count - (isColumn ? 0 : 1)) }
        if isColumn { productShape.append(1) }
        let columnsFirst = becomesFeatureMap(node, shape: productShape)
        let c = makeProduct(node, shape: productShape, columnsFirst: columnsFirst)
        let view = outputShape == productShape ? c : c.reshaped(to: outputShape) ?? c
        appendProduct(node, a, b, c, isTransposed: columnsFirst, bias: nil)
        try define(node.outputs[0], .stored(view), in: node)
    }

    /// Whether a product's rows become the channels of a feature map, which should be adjacent.
    private func becomesFeatureMap(_ node: Node, shape: [Int]) -> Bool {
        guard let (_, reader) = onlyReader(of: node.outputs[0]), reader.operatorType == "Reshape", shape.count >= 2,
            let target = types[reader.outputs[0]]?.shape.dimensions, target.count == 4
        else { return false }
        return target[2] * target[3] == shape[shape.count - 1]
    }

    /// The buffer of a product, stack x rows x columns.
    ///
    /// - Parameter columnsFirst: rows are adjacent in memory, those of all matrices of a stack beside each other.
    mutating func makeProduct(_ node: Node, shape: [Int], columnsFirst: Bool) -> BufferView {
        let name = node.outputs[0]
        let rank = shape.count
        guard columnsFirst else { return makeRowMajor(name, shape: shape) }
        if rank == 4 {
            return makeRowMajor(name, shape: [shape[0], shape[3], shape[1], shape[2]]).transposed([0, 2, 3, 1])
        }
        let swap = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
        return makeRowMajor(name, shape: swap.map { shape[$0] }).transposed(swap)
    }

    /// - Parameter isTransposed: the product's rows are adjacent, not its columns; then C' = B' A' is computed.
    private mutating func appendProduct(
        _ node: Node, _ a: BufferView, _ b: BufferView, _ c: BufferView, isTransposed: Bool, bias: [Float]?
    ) {
        let stack = Array(c.shape.dropLast(2))
        let swap = { (view: BufferView) in
            view.transposed(Array(0..<(view.rank - 2)) + [view.rank - 1, view.rank - 2])
        }
        let left = isTransposed ? swap(b) : a
        let right = columnsAdjacent(isTransposed ? swap(a) : b, node.name, for: node)
        let output = isTransposed ? swap(c) : c
        let leftStack = left.broadcast(to: stack + left.shape.suffix(2))
        let rightStack = right.broadcast(to: stack + right.shape.suffix(2))
        let floatKernels = floatKernels
        append(
            node, kind: .float, reads: [left, right], writes: [output], scratchBytes: MatrixProductStep.scratchBytes,
            multiplyAccumulates: c.elementCount * (a.shape.last ?? 1)
        ) { resolver in
            MatrixProductStep(
                a: resolver.resolve(leftStack), b: resolver.resolve(rightStack), c: resolver.resolve(output),
                bias: bias, kernels: floatKernels)
        }
    }

    mutating func lowerGemm(_ node: Node) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let alpha = try attributes.float("alpha", default: 1)
        let beta = try attributes.float("beta", default: 1)
        var bias: [Float]?
        let outputShape = try shape(of: node.outputs[0], in: node)
        if let name = input(2, of: node) {
            guard let tensor = constant(name), tensor.elementType == .float32,
                tensor.elementCount == outputShape[1] || tensor.elementCount == 1,
                tensor.shape.rank < 2 || tensor.shape[0] == 1, beta == 1
            else { return try lowerReference(node) }
            let values = tensor.array(of: Float.self)
            bias = values.count == 1 ? [Float](repeating: values[0], count: outputShape[1]) : values
        }
        guard alpha == 1 else { return try lowerReference(node) }
        var a = try stored(try requiredInput(0, of: node), for: node)
        var b = try stored(try requiredInput(1, of: node), for: node)
        if try attributes.int("transA", default: 0) != 0 { a = a.transposed([1, 0]) }
        if try attributes.int("transB", default: 0) != 0 { b = b.transposed([1, 0]) }
        let c = makeRowMajor(node.outputs[0], shape: outputShape)
        appendProduct(node, a, b, c, isTransposed: false, bias: bias)
        try define(node.outputs[0], .stored(c), in: node)
    }

    mutating func lowerSoftmax(_ node: Node) throws(EngineError) {
        let name = try requiredInput(0, of: node)
        let attributes = NodeAttributes(node)
        let shape = try shape(of: name, in: node)
        let isOld = graph.operatorSetVersion < 13
        guard let axis = Shape(shape).normalizedAxis(try attributes.int("axis", default: isOld ? 1 : -1)) else {
            throw attributes.unsupported("axis", "outside of shape \(Shape(shape))")
        }
        // Before operator set 13 everything from the axis on was one row.
        guard !isOld || shape[(axis + 1)...].allSatisfy({ $0 == 1 }) else {
            let view = try rowMajor(name, for: node)
            let flat = [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
            let output = makeRowMajor(node.outputs[0], shape: shape)
            guard let from = view.reshaped(to: flat), let to = output.reshaped(to: flat) else {
                return try lowerReference(node)
            }
            appendRows(.softmax, node, from: from, to: to)
            return try define(node.outputs[0], .stored(output), in: node)
        }
        let input = try axisInnermost(axis, name, for: node)
        if try lowerExpectation(after: node, axis: axis, of: input) { return }
        let output = makeLike(input, node.outputs[0], shape: shape)
        let inner = output.strides[axis] == .elements(1) || shape[axis] == 1
        guard inner else { return try lowerReference(node) }
        let permutation = shape.indices.filter { $0 != axis } + [axis]
        appendRows(.softmax, node, from: input.transposed(permutation), to: output.transposed(permutation))
        try define(node.outputs[0], .stored(output), in: node)
    }

    /// A softmax over sixteen channels that a convolution to one channel reads: how detection heads decode distributions.
    /// Returns whether the node is one.
    private mutating func lowerExpectation(
        after node: Node, axis: Int, of input: BufferView
    ) throws(EngineError) -> Bool {
        guard axis == 1, input.rank == 4, input.shape[1] == 16,
            let (index, reader) = onlyReader(of: node.outputs[0]), reader.operatorType == "Conv",
            reader.inputs.first == node.outputs[0], self.input(2, of: reader) == nil,
            try shape(of: reader.outputs[0], in: reader) == [input.shape[0], 1, input.shape[2], input.shape[3]],
            let weights = try constantReals(requiredInput(1, of: reader), for: reader),
            weights.shape.dimensions == [1, 16, 1, 1]
        else { return false }
        fusedNodes.insert(index)
        let output = makeRowMajor(reader.outputs[0], shape: [input.shape[0], 1, input.shape[2], input.shape[3]])
        let rows = [0, 2, 3, 1]
        appendRows(
            .expectation(weights: ConstantMemory(weights.array(of: Float.self))), reader,
            from: input.transposed(rows), to: output.transposed(rows), as: "Softmax+Conv")
        try define(reader.outputs[0], .stored(output), in: reader)
        return true
    }

    /// The value with the elements along an axis adjacent.
    private mutating func axisInnermost(_ axis: Int, _ name: String, for node: Node) throws(EngineError) -> BufferView {
        let view = try stored(name, for: node)
        if view.strides[axis] == .elements(1) { return view }
        let order =
            view.shape.indices.filter { $0 != axis }
            .sorted { view.strides[$0].isLonger(than: view.strides[$1]) } + [axis]
        var inverse = [Int](repeating: 0, count: order.count)
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        let copy = makeRowMajor(name, shape: order.map { view.shape[$0] }).transposed(inverse)
        appendCopy(from: view, to: copy, for: node)
        return copy
    }

    private mutating func appendRows(
        _ operation: RowReductionStep.Operation, _ node: Node, from: BufferView, to: BufferView,
        as operatorType: String? = nil
    ) {
        let floatKernels = floatKernels
        append(node, as: operatorType, kind: .float, reads: [from], writes: [to]) { resolver in
            RowReductionStep(
                operation, input: resolver.resolve(from), output: resolver.resolve(to), kernels: floatKernels)
        }
    }

    mutating func lowerReduction(_ node: Node) throws(EngineError) {
        let name = try requiredInput(0, of: node)
        let attributes = NodeAttributes(node)
        let shape = try shape(of: name, in: node)
        let keeps = try attributes.int("keepdims", default: 1) != 0
        var axes = try attributes.ints("axes") ?? []
        if let input = input(1, of: node) {
            guard let tensor = constant(input), tensor.elementType == .int64 else { return try lowerReference(node) }
            axes = tensor.array(of: Int64.self).map { Int($0) }
        }
        if axes.isEmpty {
            guard try attributes.int("noop_with_empty_axes", default: 0) == 0 else { return try lowerReference(node) }
            axes = Array(shape.indices)
        }
        let reduced = axes.compactMap { Shape(shape).normalizedAxis($0) }
        guard reduced.count == axes.count, !shape.isEmpty else { return try lowerReference(node) }
        let kept = shape.indices.filter { !reduced.contains($0) }
        let permutation = kept + reduced.sorted()
        var view = try stored(name, for: node).transposed(permutation)
        let rowShape = kept.map { shape[$0] } + [reduced.map { shape[$0] }.reduce(1, *)]
        if let rows = view.reshaped(to: rowShape), rows.strides[kept.count] == .elements(1) || rowShape[kept.count] == 1
        {
            view = rows
        } else {
            let copy = makeRowMajor(name, shape: view.shape)
            appendCopy(from: view, to: copy, for: node)
            view = copy.reshaped(to: rowShape) ?? copy
        }
        let output = makeRowMajor(node.outputs[0], shape: kept.map { shape[$0] } + [1])
        let count = Float(rowShape[kept.count])
        let operation: RowReductionStep.Operation =
            switch node.operatorType {
            case "ReduceMax": .maximum
            case "ReduceMean": .sum(factor: 1 / count)
            default: .sum(factor: 1)
            }
        appendRows(operation, node, from: view, to: output)
        let outputShape = keeps ? shape.indices.map { reduced.contains($0) ? 1 : shape[$0] } : kept.map { shape[$0] }
        try define(node.outputs[0], .stored(.rowMajor(output.buffer, shape: outputShape)), in: node)
    }
}
