import Foundation
import ONNX
import Tensors

/// Operators that make tensors from little: Constant, ConstantOfShape, Range, EyeLike, OneHot, NonZero, Compress.
enum GeneratorOperators {
    static let table: [String: ReferenceOperator] = [
        "Constant": ReferenceOperator(
            inputs: 0...0,
            attributes: [
                "value", .since(12, "value_float"), .since(12, "value_floats"), .since(12, "value_int"),
                .since(12, "value_ints"),
            ], constant),
        "ConstantOfShape": ReferenceOperator(inputs: 1...1, attributes: ["value"], constantOfShape),
        "Range": ReferenceOperator(inputs: 3...3, versions: 11...25, range),
        "EyeLike": ReferenceOperator(inputs: 1...1, attributes: ["dtype", "k"], identityMatrix),
        "OneHot": ReferenceOperator(inputs: 3...3, attributes: ["axis"], versions: 11...25, oneHot),
        "NonZero": ReferenceOperator(inputs: 1...1, nonZero),
        "Compress": ReferenceOperator(inputs: 2...2, attributes: ["axis"], versions: 9...25, compress),
    ]

    private static func constant(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        guard call.node.attributes.count == 1, let value = call.node.attributes.values.first else {
            throw call.failure("needs exactly one attribute that says its value")
        }
        switch value {
        case .tensor(let tensor): return [tensor]
        case .float(let number): return [Tensor(scalar: number)]
        case .floats(let numbers): return [Tensor(numbers, shape: [numbers.count])]
        case .int(let number): return [Tensor(scalar: Int64(number))]
        case .ints(let numbers): return [Tensor(numbers.map { Int64($0) }, shape: [numbers.count])]
        case .string, .strings, .graph: throw call.unsupported("value", "only numbers are supported")
        }
    }

    private static func constantOfShape(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        guard let extents = try call.integers(0) else { throw call.failure("input 0 is missing") }
        let value = try call.tensor("value") ?? Tensor(scalar: Float(0))
        guard value.elementCount == 1 else { throw call.unsupported("value", "\(value.shape) is not one element") }
        let shape = Shape(extents)
        try call.checkSize(shape)
        return [IndexedCopy(offsets: extents.map { Array(repeating: 0, count: $0) }).apply(to: value)]
    }

    private static func range(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let start = try call.input(0)
        let limit = try call.input(1)
        let step = try call.input(2)
        try call.requireSameType(start, limit, step)
        guard [start, limit, step].allSatisfy({ $0.elementCount == 1 }) else {
            throw call.failure("start, limit and delta must be scalars")
        }
        guard let type = start.elementType.numericType else { throw call.unsupportedType(start) }
        return [try range(start, limit, step, call, type)]
    }

    private static func range<Element: NumericElement>(
        _ start: Tensor, _ limit: Tensor, _ step: Tensor, _ call: OperatorInvocation, _: Element.Type
    ) throws(OperatorError) -> Tensor {
        let first = start.array(of: Element.self)[0]
        let step = step.array(of: Element.self)[0]
        let count = ((limit.array(of: Element.self)[0].double - first.double) / step.double).rounded(.up)
        guard !count.isNaN, count <= Double(ReferenceOperators.maximumElementCount) else {
            throw call.failure("a range with a delta of \(step) does not end within reason")
        }
        let elements = (0..<Int(max(count, 0))).map { index in
            Element.sum(first, Element.product(Element(integer: index), step))
        }
        return Tensor(elements, shape: [elements.count])
    }

    private static func identityMatrix(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard input.shape.rank == 2 else { throw call.failure("an input of \(input.shape) is no matrix") }
        let elementType = try call.elementType("dtype") ?? input.elementType
        guard let type = elementType.numericType else {
            throw call.failure("a matrix of \(elementType) is not supported")
        }
        try call.checkSize(input.shape)
        let diagonal = min(max(try call.int("k", default: 0), -(1 << 40)), 1 << 40)
        return [identityMatrix(input.shape, diagonal, type)]
    }

    private static func identityMatrix<Element: NumericElement>(
        _ shape: Shape, _ diagonal: Int, _: Element.Type
    ) -> Tensor {
        let elements = (0..<shape.elementCount).map { $0 % shape[1] - $0 / shape[1] == diagonal ? Element.one : .zero }
        return Tensor(elements, shape: shape)
    }

    private static func oneHot(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let indices = try call.input(0)
        let values = try call.input(2)
        guard let type = indices.elementType.numericType else { throw call.unsupportedType(indices) }
        let depthTensor = try call.input(1)
        guard let depthType = depthTensor.elementType.numericType, depthTensor.elementCount == 1 else {
            throw call.failure("the depth must be one number")
        }
        let depth = doubles(depthTensor, depthType)[0]
        guard values.shape == [2], depth >= 1, depth < Double(ReferenceOperators.maximumElementCount) else {
            throw call.failure("needs a positive depth and two values")
        }
        let extent = Int(depth)
        let rank = indices.shape.rank + 1
        let axis = try call.axis(
            try call.int("axis", default: -1), of: Shape(Array(repeating: 1, count: rank)))
        var dimensions = indices.shape.dimensions
        dimensions.insert(extent, at: axis)
        try call.checkSize(Shape(dimensions))
        let inner = indices.shape.dimensions[axis...].reduce(1, *)
        let named = doubles(indices, type).map { $0 < 0 ? $0 + depth : $0 }
        let places = (0..<Shape(dimensions).elementCount).map { flat in
            let index = named[flat / (inner * extent) * inner + flat % inner]
            return index == Double(flat / inner % extent) ? 1 : 0
        }
        return [IndexedCopy(offsets: [places]).apply(to: values).reshaped(to: Shape(dimensions))]
    }

    private static func doubles<Element: NumericElement>(_ tensor: Tensor, _: Element.Type) -> [Double] {
        tensor.array(of: Element.self).map(\.double)
    }

    private static func nonZero(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let shape = input.shape.rank == 0 ? [1] : input.shape
        let flags = ConversionOperators.flags(input)
        let places = flags.indices.filter { flags[$0] }.map { SpatialWindow.indices($0, shape.dimensions) }
        let result = (0..<shape.rank).flatMap { axis in places.map { Int64($0[axis]) } }
        return [Tensor(result, shape: [shape.rank, places.count])]
    }

    private static func compress(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        var input = try call.input(0)
        let condition = try call.input(1, of: [.bool]).array(of: Bool.self)
        let named = try call.int("axis")
        if named == nil { input = input.reshaped(to: [input.elementCount]) }
        let axis = try call.axis(named ?? 0, of: input.shape)
        let kept = condition.indices.filter { condition[$0] }
        guard kept.allSatisfy({ $0 < input.shape[axis] }) else {
            throw call.failure("the condition is longer than axis \(axis) of \(input.shape)")
        }
        let strides = input.shape.strides
        return [
            IndexedCopy(
                offsets: (0..<input.shape.rank).map { place in
                    (place == axis ? kept : Array(0..<input.shape[place])).map { $0 * strides[place] }
                }
            ).apply(to: input)
        ]
    }
}
