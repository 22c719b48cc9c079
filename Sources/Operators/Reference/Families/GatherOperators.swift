import Tensors

/// Operators that read or write at places which another tensor names.
enum GatherOperators {
    static let table: [String: ReferenceOperator] = [
        "Gather": ReferenceOperator(inputs: 2...2, attributes: ["axis"], gather),
        "GatherElements": ReferenceOperator(inputs: 2...2, attributes: ["axis"], versions: 11...25, gatherElements),
        "GatherND": ReferenceOperator(
            inputs: 2...2, attributes: [.since(12, "batch_dims")], versions: 11...25, gatherSlices),
        "ScatterElements": ReferenceOperator(
            inputs: 3...3, attributes: ["axis", .since(16, "reduction")], versions: 11...25, scatterElements),
        "ScatterND": ReferenceOperator(
            inputs: 3...3, attributes: [.since(16, "reduction")], versions: 11...25, scatterSlices),
    ]

    private static func indices(_ call: OperatorInvocation) throws(OperatorError) -> (Shape, [Int]) {
        let tensor = try call.input(1)
        return (tensor.shape, try call.integers(in: tensor, called: "input 1"))
    }

    private static func gather(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let axis = try call.axis(try call.int("axis", default: 0), of: input.shape)
        let (indexShape, named) = try indices(call)
        let extent = input.shape[axis]
        var places: [Int] = []
        for index in named { places.append(try call.index(index, extent: extent)) }
        let before = Array(input.shape.dimensions[..<axis])
        let after = Array(input.shape.dimensions[(axis + 1)...])
        let shape = Shape(before + indexShape.dimensions + after)
        try call.checkSize(shape)
        let inner = after.reduce(1, *)
        let copy = IndexedCopy(offsets: [
            (0..<before.reduce(1, *)).map { $0 * extent * inner }, places.map { $0 * inner }, Array(0..<inner),
        ])
        return [copy.apply(to: input).reshaped(to: shape)]
    }

    /// Flat places in a tensor of that shape, for each element of an index tensor that names one axis's index.
    private static func elementPlaces(
        _ call: OperatorInvocation, _ shape: Shape
    ) throws(OperatorError) -> (Shape, [Int]) {
        let axis = try call.axis(try call.int("axis", default: 0), of: shape)
        let (indexShape, named) = try indices(call)
        guard indexShape.rank == shape.rank,
            (0..<shape.rank).allSatisfy({ $0 == axis || indexShape[$0] <= shape[$0] })
        else { throw call.failure("indices of \(indexShape) do not fit an input of \(shape)") }
        let strides = shape.strides
        var places: [Int] = []
        places.reserveCapacity(named.count)
        for (flat, index) in named.enumerated() {
            var position = SpatialWindow.indices(flat, indexShape.dimensions)
            position[axis] = try call.index(index, extent: shape[axis])
            places.append(zip(position, strides).reduce(0) { $0 + $1.0 * $1.1 })
        }
        return (indexShape, places)
    }

    private static func gatherElements(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let (shape, places) = try elementPlaces(call, input.shape)
        return [IndexedCopy(offsets: [places]).apply(to: input).reshaped(to: shape)]
    }

    /// Where the slices start that the last axis of the indices names, and the number of elements in each.
    private static func slicePlaces(
        _ call: OperatorInvocation, _ shape: Shape, batchAxes: Int
    ) throws(OperatorError) -> (outer: [Int], starts: [Int], slice: [Int]) {
        let (indexShape, named) = try indices(call)
        guard indexShape.rank > batchAxes, shape.rank > batchAxes, batchAxes >= 0,
            indexShape.dimensions[..<batchAxes] == shape.dimensions[..<batchAxes],
            let length = indexShape.dimensions.last, length <= shape.rank - batchAxes
        else { throw call.failure("indices of \(indexShape) do not fit an input of \(shape)") }
        let strides = shape.strides
        let outer = Array(indexShape.dimensions.dropLast())
        let perBatch = outer[batchAxes...].reduce(1, *)
        let batchStride = shape.dimensions[batchAxes...].reduce(1, *)
        var starts: [Int] = []
        for item in 0..<outer.reduce(1, *) {
            var start = item / max(perBatch, 1) * batchStride
            for place in 0..<length {
                let axis = batchAxes + place
                start += try call.index(named[item * length + place], extent: shape[axis]) * strides[axis]
            }
            starts.append(start)
        }
        return (outer, starts, Array(shape.dimensions[(batchAxes + length)...]))
    }

    private static func gatherSlices(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let (outer, starts, slice) = try slicePlaces(
            call, input.shape, batchAxes: try call.int("batch_dims", default: 0))
        let shape = Shape(outer + slice)
        try call.checkSize(shape)
        let copy = IndexedCopy(offsets: [starts, Array(0..<slice.reduce(1, *))])
        return [copy.apply(to: input).reshaped(to: shape)]
    }

    // MARK: Scatter

    private static func scatterElements(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let (shape, places) = try elementPlaces(call, input.shape)
        return [try scatter(call, input, places, updates: shape)]
    }

    private static func scatterSlices(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let (outer, starts, slice) = try slicePlaces(call, input.shape, batchAxes: 0)
        let length = slice.reduce(1, *)
        try call.checkSize(Shape(outer + slice))
        let places = starts.flatMap { start in (0..<length).map { start + $0 } }
        return [try scatter(call, input, places, updates: Shape(outer + slice))]
    }

    private static func scatter(
        _ call: OperatorInvocation, _ input: Tensor, _ places: [Int], updates shape: Shape
    ) throws(OperatorError) -> Tensor {
        let updates = try call.input(2)
        try call.requireSameType(input, updates)
        guard updates.shape == shape else {
            throw call.failure("updates of \(updates.shape) do not fit indices that name \(shape)")
        }
        let words = call.version >= 18 ? ["none", "add", "mul", "max", "min"] : ["none", "add", "mul"]
        let reduction = try call.word("reduction", of: words)
        if input.elementType == .bool, reduction == "none" {
            return scatter(input, updates, places) { (_: Bool, update: Bool) in update }
        }
        guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
        return scatter(input, updates, places, reduction, type)
    }

    private static func scatter<Element: NumericElement>(
        _ input: Tensor, _ updates: Tensor, _ places: [Int], _ reduction: String, _: Element.Type
    ) -> Tensor {
        switch reduction {
        case "add": scatter(input, updates, places, Element.sum)
        case "mul": scatter(input, updates, places, Element.product)
        case "max": scatter(input, updates, places) { (old: Element, update: Element) in max(old, update) }
        case "min": scatter(input, updates, places) { (old: Element, update: Element) in min(old, update) }
        default: scatter(input, updates, places) { (_: Element, update: Element) in update }
        }
    }

    private static func scatter<Element: TensorElement>(
        _ input: Tensor, _ updates: Tensor, _ places: [Int], _ combine: (Element, Element) -> Element
    ) -> Tensor {
        var result = input
        result.withMutableElements(as: Element.self) { result in
            updates.withElements(as: Element.self) { updates in
                for (update, place) in zip(updates, places) { result[place] = combine(result[place], update) }
            }
        }
        return result
    }
}
