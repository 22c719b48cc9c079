import Tensors

// Operators that move elements without changing them.
extension OperatorTypes {
    static let movementForms: [String: [OperatorForm]] = [
        "Reshape": [
            OperatorForm(since: 5, until: 13, inputs: 2...2, infer: reshapeTypes),
            OperatorForm(since: 14, inputs: 2...2, attributes: ["allowzero": .int], infer: reshapeTypes),
        ],
        "Transpose": [OperatorForm(inputs: 1...1, attributes: ["perm": .ints], infer: transposeTypes)],
        "Flatten": [OperatorForm(inputs: 1...1, attributes: ["axis": .int], infer: flattenTypes)],
        "Squeeze": [
            OperatorForm(until: 12, inputs: 1...1, attributes: ["axes": .ints], infer: squeezeTypes),
            OperatorForm(since: 13, inputs: 1...2, infer: squeezeTypes),
        ],
        "Unsqueeze": [
            OperatorForm(until: 12, inputs: 1...1, attributes: ["axes": .ints], infer: unsqueezeTypes),
            OperatorForm(since: 13, inputs: 2...2, infer: unsqueezeTypes),
        ],
        "Concat": [OperatorForm(inputs: 1...Int(Int32.max), attributes: ["axis": .int], infer: concatTypes)],
        "Split": [
            OperatorForm(
                since: 2, until: 12, inputs: 1...1, attributes: ["axis": .int, "split": .ints], infer: splitTypes),
            OperatorForm(since: 13, until: 17, inputs: 1...2, attributes: ["axis": .int], infer: splitTypes),
            OperatorForm(
                since: 18, inputs: 1...2, attributes: ["axis": .int, "num_outputs": .int], infer: splitTypes),
        ],
        "Expand": [OperatorForm(since: 8, inputs: 2...2, infer: expandTypes)],
        "Tile": [OperatorForm(since: 6, inputs: 2...2, infer: tileTypes)],
        "Pad": [
            OperatorForm(since: 11, until: 17, inputs: 2...3, attributes: ["mode": .string], infer: padTypes),
            OperatorForm(since: 18, inputs: 2...4, attributes: ["mode": .string], infer: padTypes),
        ],
        "DepthToSpace": [
            OperatorForm(inputs: 1...1, attributes: ["blocksize": .int, "mode": .string], infer: depthToSpaceTypes)
        ],
        "SpaceToDepth": [OperatorForm(inputs: 1...1, attributes: ["blocksize": .int], infer: spaceToDepthTypes)],
        "Trilu": [
            OperatorForm(since: 14, inputs: 1...2, attributes: ["upper": .int]) { call throws(OperatorError) in
                guard try call.input(0).shape.rank >= 2 else { throw call.invalid("its input is not a matrix") }
                return [try call.input(0)]
            }
        ],
    ]

    private static func reshapeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let requested = try call.constantIntegers(1, "shape") ?? []
        var extents = requested
        if !call.flag("allowzero") {
            for (axis, extent) in requested.enumerated() where extent == 0 {
                guard axis < input.shape.rank else {
                    throw call.invalid("shape \(requested) copies axis \(axis) of \(input.shape)")
                }
                extents[axis] = input.shape[axis]
            }
        }
        guard extents.allSatisfy({ (-1...maximumExtent).contains($0) }), extents.filter({ $0 == -1 }).count <= 1 else {
            throw call.invalid("shape \(requested) is not possible")
        }
        if let open = extents.firstIndex(of: -1) {
            extents[open] = 1
            guard let known = Shape(extents).checkedElementCount, known > 0, input.shape.elementCount % known == 0
            else {
                throw call.invalid("\(input.shape) does not fit shape \(requested)")
            }
            extents[open] = input.shape.elementCount / known
        }
        guard Shape(extents).checkedElementCount == input.shape.elementCount else {
            throw call.invalid("\(input.shape) does not fit shape \(requested)")
        }
        return [ValueType(shape: Shape(extents), elementType: input.elementType)]
    }

    private static func transposeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let order = call.ints("perm") ?? input.shape.dimensions.indices.reversed()
        guard order.sorted() == Array(0..<input.shape.rank) else {
            throw call.unsupported("perm", "\(order) is no order of the axes of \(input.shape)")
        }
        return [ValueType(shape: Shape(order.map { input.shape[$0] }), elementType: input.elementType)]
    }

    private static func flattenTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let axis = call.int("axis", default: 1)
        let rank = input.shape.rank
        guard (-rank...rank).contains(axis) else { throw call.unsupported("axis", "\(axis) does not exist") }
        let extents = input.shape.dimensions
        let split = axis < 0 ? axis + rank : axis
        return [
            ValueType(
                shape: [extents[..<split].reduce(1, *), extents[split...].reduce(1, *)], elementType: input.elementType)
        ]
    }

    private static func squeezeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let extents = input.shape.dimensions
        let removed: [Int]
        if let axes = try call.integers(attribute: "axes", orInput: 1) {
            removed = try call.normalizedAxes(axes, of: input.shape)
            guard removed.allSatisfy({ extents[$0] == 1 }) else {
                throw call.invalid("axes \(axes) of \(input.shape) are not all 1")
            }
        } else {
            removed = extents.indices.filter { extents[$0] == 1 }
        }
        let kept = extents.indices.filter { !removed.contains($0) }.map { extents[$0] }
        return [ValueType(shape: Shape(kept), elementType: input.elementType)]
    }

    private static func unsqueezeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let axes = try call.integers(attribute: "axes", orInput: 1) ?? []
        let rank = input.shape.rank + axes.count
        guard rank <= 64 else { throw call.invalid("makes \(rank) dimensions") }
        let result = Shape([Int](repeating: 1, count: rank))
        let inserted = try call.normalizedAxes(axes, of: result)
        var rest = input.shape.dimensions.makeIterator()
        let extents = (0..<rank).map { inserted.contains($0) ? 1 : rest.next() ?? 1 }
        return [ValueType(shape: Shape(extents), elementType: input.elementType)]
    }

    private static func concatTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let elementType = try call.commonElementType(of: call.inputs.indices)
        var shape = try call.input(0).shape
        guard let given = call.optionalInt("axis") else { throw call.unsupported("axis", "must be given") }
        let axis = try call.normalizedAxis(given, of: shape)
        for index in call.inputs.indices.dropFirst() {
            let next = try call.input(index).shape
            var other = next
            guard other.rank == shape.rank else { throw call.invalid("input \(index) has shape \(next)") }
            other[axis] = shape[axis]
            guard other == shape else {
                throw call.invalid("input \(index) of shape \(next) does not continue \(shape) along axis \(axis)")
            }
            shape[axis] += next[axis]
        }
        return [ValueType(shape: shape, elementType: elementType)]
    }

    private static func splitTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let axis = try call.axis(default: 0, of: input.shape)
        let extent = input.shape[axis]
        let parts = try splitParts(call, extent: extent)
        return parts.map { part in
            var shape = input.shape
            shape[axis] = part
            return ValueType(shape: shape, elementType: input.elementType)
        }
    }

    private static func splitParts(_ call: OperatorCall, extent: Int) throws(OperatorError) -> [Int] {
        let count = call.node.outputs.count
        if let parts = try call.integers(attribute: "split", orInput: 1) {
            guard parts.count == count, parts.allSatisfy({ (0...extent).contains($0) }), parts.reduce(0, +) == extent
            else {
                throw call.invalid("parts \(parts) do not divide \(extent) into \(count) outputs")
            }
            return parts
        }
        if let wanted = call.optionalInt("num_outputs"), wanted != count {
            throw call.unsupported("num_outputs", "is \(wanted), but \(count) outputs are named")
        }
        guard count > 0, call.version >= 18 || extent % count == 0 else {
            throw call.invalid("\(extent) does not divide into \(count) equal parts")
        }
        // The last parts take what is left.
        let part = (extent + count - 1) / count
        return (0..<count).map { min(part, max(extent - $0 * part, 0)) }
    }

    private static func expandTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let extents = try call.constantIntegers(1, "shape") ?? []
        guard extents.allSatisfy({ (0...maximumExtent).contains($0) }),
            let shape = input.shape.broadcast(with: Shape(extents))
        else { throw call.invalid("\(input.shape) does not broadcast to shape \(extents)") }
        return [ValueType(shape: shape, elementType: input.elementType)]
    }

    private static func tileTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let repeats = try call.constantIntegers(1, "repeats") ?? []
        guard repeats.count == input.shape.rank, repeats.allSatisfy({ (0...maximumExtent).contains($0) }) else {
            throw call.invalid("repeats \(repeats) do not fit \(input.shape)")
        }
        return [
            ValueType(
                shape: Shape(zip(input.shape.dimensions, repeats).map { $0 * $1 }), elementType: input.elementType)
        ]
    }

    private static func padTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let mode = call.string("mode", default: "constant")
        guard ["constant", "reflect", "edge"].contains(mode) || mode == "wrap" && call.version >= 19 else {
            throw call.unsupported("mode", "'\(mode)' is not known in operator set \(call.version)")
        }
        let pads = try call.constantIntegers(1, "pads") ?? []
        let axes =
            try call.constantIntegers(3, "axes").map { axes throws(OperatorError) in
                try call.normalizedAxes(axes, of: input.shape)
            } ?? Array(0..<input.shape.rank)
        let bound = maximumExtent
        guard pads.count == 2 * axes.count, pads.allSatisfy({ (-bound...bound).contains($0) }) else {
            throw call.invalid("pads \(pads) do not fit \(input.shape)")
        }
        var shape = input.shape
        for (index, axis) in axes.enumerated() {
            let (before, after) = (pads[index], pads[index + axes.count])
            shape[axis] += before + after
            guard shape[axis] >= 0 else { throw call.invalid("pads \(pads) cut more than there is in \(input.shape)") }
            guard mode == "constant" || input.shape[axis] > 0 || shape[axis] == 0 else {
                throw call.invalid("has nothing to repeat along axis \(axis) of \(input.shape)")
            }
        }
        return [ValueType(shape: shape, elementType: input.elementType)]
    }

    private static func depthToSpaceTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let mode = call.string("mode", default: "DCR")
        guard mode == "DCR" || mode == "CRD" else { throw call.unsupported("mode", "'\(mode)' is not known") }
        let block = try blockSize(call, input)
        let (batch, channels) = (input.shape[0], input.shape[1])
        guard channels % (block * block) == 0 else {
            throw call.unsupported("blocksize", "\(block) squared does not divide \(channels) channels")
        }
        return [
            ValueType(
                shape: [batch, channels / (block * block), input.shape[2] * block, input.shape[3] * block],
                elementType: input.elementType)
        ]
    }

    private static func spaceToDepthTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        let block = try blockSize(call, input)
        guard input.shape[2] % block == 0, input.shape[3] % block == 0 else {
            throw call.unsupported("blocksize", "\(block) does not divide \(input.shape)")
        }
        return [
            ValueType(
                shape: [
                    input.shape[0], input.shape[1] * block * block, input.shape[2] / block, input.shape[3] / block,
                ],
                elementType: input.elementType)
        ]
    }

    private static func blockSize(_ call: OperatorCall, _ input: ValueType) throws(OperatorError) -> Int {
        guard input.shape.rank == 4 else {
            throw call.invalid("its input of shape \(input.shape) is not a batch of planes")
        }
        let block = call.int("blocksize", default: 0)
        guard (1...1 << 14).contains(block) else { throw call.unsupported("blocksize", "\(block) is not possible") }
        return block
    }
}
