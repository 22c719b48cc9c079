import Tensors

/// Operators that change only the shape, or ask for it: Reshape, Flatten, Squeeze, Unsqueeze, Shape, Size, Identity.
enum ShapeOperators {
    static let table: [String: ReferenceOperator] = [
        "Identity": ReferenceOperator(inputs: 1...1) { call throws(OperatorError) in [try call.input(0)] },
        "Dropout": ReferenceOperator(
            inputs: 1...3, attributes: [.before(12, "ratio"), .since(12, "seed")], dropout),
        "Reshape": ReferenceOperator(inputs: 2...2, attributes: [.since(14, "allowzero")], reshape),
        "Flatten": ReferenceOperator(inputs: 1...1, attributes: ["axis"], flatten),
        "Squeeze": ReferenceOperator(inputs: 1...2, attributes: [.before(13, "axes")], squeeze),
        "Unsqueeze": ReferenceOperator(inputs: 1...2, attributes: [.before(13, "axes")], unsqueeze),
        "Shape": ReferenceOperator(inputs: 1...1, attributes: [.since(15, "start"), .since(15, "end")], shape),
        "Size": ReferenceOperator(inputs: 1...1) { call throws(OperatorError) in
            [Tensor(scalar: Int64(try call.input(0).elementCount))]
        },
    ]

    /// A trained network drops nothing.
    private static func dropout(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        if let training = call.optionalInput(2) {
            guard training.elementType == .bool, training.elementCount == 1, !training.array(of: Bool.self)[0] else {
                throw call.failure("training mode is not supported")
            }
        }
        let input = try call.input(0)
        return [input, Tensor(Array(repeating: true, count: input.elementCount), shape: input.shape)]
    }

    private static func reshape(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let wanted = try call.integers(1) else { throw call.failure("input 1 is missing") }
        let keepsZeros = try call.flag("allowzero", default: false)
        var dimensions: [Int] = []
        var unknown: Int?
        for (axis, extent) in wanted.enumerated() {
            switch extent {
            case 0 where !keepsZeros:
                guard axis < input.shape.rank else {
                    throw call.failure("copies extent \(axis) of an input of \(input.shape)")
                }
                dimensions.append(input.shape[axis])
            case -1:
                guard unknown == nil else { throw call.failure("leaves two extents open: \(wanted)") }
                unknown = axis
                dimensions.append(1)
            case 0...: dimensions.append(extent)
            default: throw call.failure("extent \(extent) is negative")
            }
        }
        if let unknown, let known = Shape(dimensions).checkedElementCount, known > 0 {
            dimensions[unknown] = input.elementCount / known
        }
        let shape = Shape(dimensions)
        guard shape.checkedElementCount == input.elementCount else {
            throw call.failure("an input of \(input.shape) cannot become \(Shape(wanted))")
        }
        return [input.reshaped(to: shape)]
    }

    private static func flatten(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let rank = input.shape.rank
        let named = try call.int("axis", default: 1)
        let axis = named < 0 ? named + rank : named
        guard (0...rank).contains(axis) else {
            throw call.failure("axis \(named) does not exist in a tensor of \(input.shape)")
        }
        let outer = input.shape.dimensions[..<axis].reduce(1, *)
        let inner = input.shape.dimensions[axis...].reduce(1, *)
        return [input.reshaped(to: [outer, inner])]
    }

    /// The axes that Squeeze and Unsqueeze name: an attribute before version 13, an input since.
    private static func namedAxes(_ call: OperatorInvocation) throws(OperatorError) -> [Int]? {
        if call.version >= 13 { return try call.integers(1) }
        guard call.inputs.count == 1 else {
            throw call.failure("operator set \(call.version) has the axes in an attribute")
        }
        return try call.ints("axes")
    }

    private static func squeeze(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let extents = input.shape.dimensions
        let named = try namedAxes(call)
        let axes = try named.map { names throws(OperatorError) in try call.axes(names, of: input.shape) }
        let removed = axes ?? extents.indices.filter { extents[$0] == 1 }
        for axis in removed where extents[axis] != 1 {
            throw call.failure("axis \(axis) of \(input.shape) has more than one index")
        }
        return [input.reshaped(to: Shape(extents.indices.filter { !removed.contains($0) }.map { extents[$0] }))]
    }

    private static func unsqueeze(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let named = try namedAxes(call) else { throw call.failure("says no axes") }
        guard named.count <= 64 else { throw call.failure("\(named.count) axes are too many") }
        let rank = input.shape.rank + named.count
        let axes = try call.axes(named, of: Shape(Array(repeating: 1, count: rank)))
        var rest = input.shape.dimensions[...]
        return [input.reshaped(to: Shape((0..<rank).map { axes.contains($0) ? 1 : rest.removeFirst() }))]
    }

    private static func shape(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let extents = try call.input(0).shape.dimensions
        let clamp = { (index: Int) in min(max(index < 0 ? index + extents.count : index, 0), extents.count) }
        let start = clamp(try call.int("start", default: 0))
        let end = max(start, clamp(try call.int("end", default: extents.count)))
        return [Tensor(extents[start..<end].map { Int64($0) }, shape: [end - start])]
    }
}
