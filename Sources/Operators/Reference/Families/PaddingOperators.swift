import Tensors

/// Pad, in all its modes.
enum PaddingOperators {
    static let table: [String: ReferenceOperator] = [
        "Pad": ReferenceOperator(inputs: 2...4, attributes: ["mode"], versions: 11...25, pad)
    ]

    private static func pad(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let mode = try call.word(
            "mode", of: ["constant", "reflect", "edge"] + (call.version >= 19 ? ["wrap"] : []))
        let fill = call.optionalInput(2)
        if let fill {
            try call.requireSameType(input, fill)
            guard fill.elementCount == 1 else { throw call.failure("a fill of \(fill.shape) is not a scalar") }
        }
        guard call.version >= 18 || call.inputs.count <= 3 else {
            throw call.failure("operator set \(call.version) has no input that names axes")
        }
        let (before, extents) = try extents(call, input.shape)
        let strides = input.shape.strides
        var offsets: [[Int]] = []
        for axis in extents.indices {
            let extent = input.shape[axis]
            guard mode == "constant" || extent > 0 || extents[axis] == 0 else {
                throw call.failure("has nothing to repeat along axis \(axis) of \(input.shape)")
            }
            offsets.append(
                (0..<extents[axis]).map { index in
                    let source = Self.source(of: index - before[axis], extent: extent, mode: mode)
                    return source.map { $0 * strides[axis] } ?? IndexedCopy.outside
                })
        }
        return [IndexedCopy(offsets: offsets).apply(to: input, fill: fill)]
    }

    /// How far the input moves along each axis, and the extents of the result.
    private static func extents(
        _ call: OperatorInvocation, _ shape: Shape
    ) throws(OperatorError) -> (before: [Int], extents: [Int]) {
        let axes = try call.axes(try call.integers(3) ?? Array(0..<shape.rank), of: shape)
        guard let pads = try call.integers(1), pads.count == 2 * axes.count else {
            throw call.failure("needs two pads for each of \(axes.count) axes")
        }
        var before = [Int](repeating: 0, count: shape.rank)
        var extents = shape.dimensions
        for (place, axis) in axes.enumerated() {
            let after = pads[axes.count + place]
            guard pads[place].magnitude <= 1 << 40, after.magnitude <= 1 << 40 else {
                throw call.failure("pads of \(pads[place]) and \(after) are too large")
            }
            before[axis] = pads[place]
            extents[axis] += pads[place] + after
        }
        try call.checkSize(Shape(extents))
        return (before, extents)
    }

    /// The index that a place before, in or behind an axis takes its element from; nil for the fill.
    private static func source(of place: Int, extent: Int, mode: String) -> Int? {
        if (0..<extent).contains(place) { return place }
        switch mode {
        case "edge": return min(max(place, 0), extent - 1)
        case "wrap": return (place % extent + extent) % extent
        case "reflect":
            // Back and forth between the ends, neither of which is repeated.
            guard extent > 1 else { return 0 }
            let period = 2 * (extent - 1)
            let phase = (place % period + period) % period
            return min(phase, period - phase)
        default: return nil
        }
    }
}
