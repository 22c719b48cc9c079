import Tensors

/// Operators that put elements in other places without changing them: Transpose, Slice, Split, Concat, Tile, Expand,
/// DepthToSpace, SpaceToDepth.
enum MovementOperators {
    static let table: [String: ReferenceOperator] = [
        "Transpose": ReferenceOperator(inputs: 1...1, attributes: ["perm"], transpose),
        "Slice": ReferenceOperator(inputs: 3...5, versions: 10...25, slice),
        "Split": ReferenceOperator(
            inputs: 1...2, attributes: ["axis", .before(13, "split"), .since(18, "num_outputs")], split),
        "Concat": ReferenceOperator(inputs: 1...Int.max, attributes: ["axis"], concatenate),
        "Tile": ReferenceOperator(inputs: 2...2, tile),
        "Expand": ReferenceOperator(inputs: 2...2, expand),
        "DepthToSpace": ReferenceOperator(inputs: 1...1, attributes: ["blocksize", .since(11, "mode")], depthToSpace),
        "SpaceToDepth": ReferenceOperator(inputs: 1...1, attributes: ["blocksize"], spaceToDepth),
        "Trilu": ReferenceOperator(inputs: 1...2, attributes: ["upper"], versions: 14...25, triangle),
    ]

    private static func transpose(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let order = try call.ints("perm") ?? Array((0..<input.shape.rank).reversed())
        guard order.sorted() == Array(0..<input.shape.rank) else {
            throw call.failure("'perm' \(order) is no order of the axes of \(input.shape)")
        }
        return [IndexedCopy.transposed(input, order: order)]
    }

    // MARK: Slice

    private static func slice(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let starts = try call.integers(1), let ends = try call.integers(2) else {
            throw call.failure("starts or ends are missing")
        }
        let axes = try call.axes(try call.integers(3) ?? Array(0..<starts.count), of: input.shape)
        let steps = try call.integers(4) ?? Array(repeating: 1, count: starts.count)
        guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
            throw call.failure(
                "has \(starts.count) starts, \(ends.count) ends, \(axes.count) axes and \(steps.count) steps")
        }
        guard steps.allSatisfy({ $0 != 0 }) else { throw call.failure("a step is 0") }
        let strides = input.shape.strides
        var offsets = (0..<input.shape.rank).map { axis in (0..<input.shape[axis]).map { $0 * strides[axis] } }
        for (place, axis) in axes.enumerated() {
            offsets[axis] = indices(
                starts[place], ends[place], steps[place], extent: input.shape[axis]
            ).map { $0 * strides[axis] }
        }
        return [IndexedCopy(offsets: offsets).apply(to: input)]
    }

    /// The indices that a slice takes, as the specification clamps it.
    static func indices(_ start: Int, _ end: Int, _ step: Int, extent: Int) -> [Int] {
        let countedFromFront = { (index: Int) in index < 0 ? index + extent : index }
        let (first, last) = (countedFromFront(start), countedFromFront(end))
        if step > 0 {
            let (lower, upper) = (min(max(first, 0), extent), min(max(last, 0), extent))
            return lower < upper ? Array(stride(from: lower, to: upper, by: step)) : []
        }
        let (upper, lower) = (min(max(first, 0), extent - 1), min(max(last, -1), extent - 1))
        guard upper > lower else { return [] }
        // A step beyond the extent takes one index; limiting it keeps its negation in range.
        return Array(stride(from: upper, to: lower, by: max(step, -extent - 1)))
    }

    // MARK: Split and Concat

    private static func split(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let axis = try call.axis(try call.int("axis", default: 0), of: input.shape)
        let parts = try partExtents(call, input.shape[axis])
        guard parts.allSatisfy({ (0...input.shape[axis]).contains($0) }), parts.reduce(0, +) == input.shape[axis] else {
            throw call.failure("parts \(parts) do not make up axis \(axis) of \(input.shape)")
        }
        let strides = input.shape.strides
        let offsets = (0..<input.shape.rank).map { axis in (0..<input.shape[axis]).map { $0 * strides[axis] } }
        var start = 0
        return parts.map { part in
            var partOffsets = offsets
            partOffsets[axis] = Array(offsets[axis][start..<start + part])
            start += part
            return IndexedCopy(offsets: partOffsets).apply(to: input)
        }
    }

    private static func partExtents(_ call: OperatorInvocation, _ extent: Int) throws(OperatorError) -> [Int] {
        guard call.version >= 13 || call.inputs.count == 1 else {
            throw call.failure("operator set \(call.version) has the parts in an attribute")
        }
        let given = try call.version >= 13 ? call.integers(1) : call.ints("split")
        let count = try call.int("num_outputs")
        if let given {
            guard count == nil, given.count == call.node.outputs.count else {
                throw call.failure("\(given.count) parts are given for \(call.node.outputs.count) outputs")
            }
            return given
        }
        guard count == nil || count == call.node.outputs.count else {
            throw call.failure("'num_outputs' is not the number of outputs, \(call.node.outputs.count)")
        }
        let outputs = call.node.outputs.count
        guard outputs > 0 else { throw call.failure("has no outputs") }
        guard call.version >= 18 || extent % outputs == 0 else {
            throw call.failure("an extent of \(extent) cannot be split into \(outputs) equal parts")
        }
        // The last part takes what is left.
        let part = (extent + outputs - 1) / outputs
        return (0..<outputs).map { min(part, max(extent - $0 * part, 0)) }
    }

    private static func concatenate(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let inputs = try call.allInputs()
        let axis = try call.axis(try call.requiredInt("axis"), of: inputs[0].shape)
        var shape = inputs[0].shape
        for input in inputs.dropFirst() {
            try call.requireSameType(inputs[0], input)
            var expected = shape
            guard input.shape.rank == shape.rank else {
                throw call.failure("inputs of \(shape) and \(input.shape) cannot be joined")
            }
            expected[axis] = input.shape[axis]
            guard input.shape == expected else {
                throw call.failure("inputs of \(shape) and \(input.shape) cannot be joined along axis \(axis)")
            }
            shape[axis] += input.shape[axis]
        }
        var result = try call.zeros(shape, inputs[0].elementType)
        let outer = shape.dimensions[..<axis].reduce(1, *)
        let inner = shape.dimensions[(axis + 1)...].reduce(1, *) * inputs[0].elementType.byteCount
        result.withMutableBytes { destination in
            var start = 0
            for input in inputs {
                let block = input.shape[axis] * inner
                input.withBytes { source in
                    for row in 0..<outer where block > 0 {
                        let target = row * shape[axis] * inner + start
                        UnsafeMutableRawBufferPointer(rebasing: destination[target..<target + block])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[row * block..<(row + 1) * block]))
                    }
                }
                start += block
            }
        }
        return [result]
    }

    // MARK: Repetition

    private static func tile(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let repeats = try call.integers(1), repeats.count == input.shape.rank else {
            throw call.failure("needs a number of repeats for each axis of \(input.shape)")
        }
        let strides = input.shape.strides
        var extents: [Int] = []
        for (axis, count) in repeats.enumerated() {
            let (extent, overflow) = input.shape[axis].multipliedReportingOverflow(by: count)
            guard count >= 0, !overflow else { throw call.failure("\(count) repeats are not possible") }
            extents.append(extent)
        }
        try call.checkSize(Shape(extents))
        return [
            IndexedCopy(
                offsets: extents.indices.map { axis in
                    (0..<extents[axis]).map { $0 % input.shape[axis] * strides[axis] }
                }
            ).apply(to: input)
        ]
    }

    private static func expand(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let wanted = try call.integers(1), wanted.allSatisfy({ $0 >= 0 }),
            let shape = input.shape.broadcast(with: Shape(wanted))
        else { throw call.failure("an input of \(input.shape) does not fit the wanted shape") }
        try call.checkSize(shape)
        return [IndexedCopy.broadcast(input, to: shape)]
    }

    // MARK: Blocks of pixels

    private static func blockSize(_ call: OperatorInvocation, _ shape: Shape) throws(OperatorError) -> Int {
        let block = try call.requiredInt("blocksize")
        guard shape.rank == 4, (1...4096).contains(block) else {
            throw call.failure("blocks of \(block) do not fit an input of \(shape)")
        }
        return block
    }

    private static func depthToSpace(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let block = try blockSize(call, input.shape)
        let (batch, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
        guard channels % (block * block) == 0 else {
            throw call.failure("\(channels) channels do not fill blocks of \(block)x\(block)")
        }
        let depth = channels / (block * block)
        let isDepthFirst = try call.word("mode", of: ["DCR", "CRD"]) == "DCR"
        let blocks: Shape =
            isDepthFirst ? [batch, block, block, depth, height, width] : [batch, depth, block, block, height, width]
        let order = isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]
        return [
            IndexedCopy.transposed(input.reshaped(to: blocks), order: order)
                .reshaped(to: [batch, depth, height * block, width * block])
        ]
    }

    private static func spaceToDepth(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let block = try blockSize(call, input.shape)
        let (batch, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
        guard height % block == 0, width % block == 0 else {
            throw call.failure("\(height)x\(width) pixels do not divide into blocks of \(block)x\(block)")
        }
        let blocks: Shape = [batch, channels, height / block, block, width / block, block]
        return [
            IndexedCopy.transposed(input.reshaped(to: blocks), order: [0, 3, 5, 1, 2, 4])
                .reshaped(to: [batch, channels * block * block, height / block, width / block])
        ]
    }

    // MARK: Trilu

    private static func triangle(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        var result = try call.input(0)
        guard result.shape.rank >= 2 else { throw call.failure("an input of \(result.shape) is no matrix") }
        let keepsUpper = try call.flag("upper", default: true)
        let diagonal = min(max(try call.integer(1) ?? 0, -(1 << 40)), 1 << 40)
        let rows = result.shape[result.shape.rank - 2]
        let columns = result.shape[result.shape.rank - 1]
        let width = result.elementType.byteCount
        result.withMutableBytes { bytes in
            for index in 0..<bytes.count / width {
                let row = index / columns % rows
                let isUpper = index % columns - row >= diagonal
                let isLower = index % columns - row <= diagonal
                guard keepsUpper ? !isUpper : !isLower else { continue }
                for byte in index * width..<(index + 1) * width { bytes[byte] = 0 }
            }
        }
        return [result]
    }
}
