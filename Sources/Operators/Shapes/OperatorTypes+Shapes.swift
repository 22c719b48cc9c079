import Tensors

// Operators that make or only relabel: constants, ranges, and shapes as values.
extension OperatorTypes {
    static let shapeForms: [String: [OperatorForm]] = [
        "Constant": [
            OperatorForm(
                inputs: 0...0,
                attributes: [
                    "value": .tensor, "value_float": .float, "value_floats": .floats, "value_int": .int,
                    "value_ints": .ints,
                ], infer: constantTypes)
        ],
        "Shape": [
            OperatorForm(until: 14, inputs: 1...1, infer: shapeOfTypes),
            OperatorForm(since: 15, inputs: 1...1, attributes: ["start": .int, "end": .int], infer: shapeOfTypes),
        ],
        "Size": [
            OperatorForm(inputs: 1...1) { _ throws(OperatorError) in [ValueType(shape: [], elementType: .int64)] }
        ],
        "ConstantOfShape": [
            OperatorForm(since: 9, inputs: 1...1, attributes: ["value": .tensor], infer: constantOfShapeTypes)
        ],
        "Range": [OperatorForm(since: 11, inputs: 3...3, infer: rangeTypes)],
        "EyeLike": [
            OperatorForm(inputs: 1...1, attributes: ["dtype": .int, "k": .int]) { call throws(OperatorError) in
                let input = try call.input(0)
                guard input.shape.rank == 2 else { throw call.invalid("its input is not a matrix") }
                let number = call.int("dtype", default: input.elementType.rawValue)
                guard let type = ElementType(rawValue: number) else {
                    throw call.unsupported("dtype", "element type number \(number) is not supported")
                }
                return [ValueType(shape: input.shape, elementType: type)]
            }
        ],
        "OneHot": [OperatorForm(since: 9, inputs: 3...3, attributes: ["axis": .int], infer: oneHotTypes)],
    ]

    /// Import turns these into initialisers; graphs made in code may still have them.
    private static func constantTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        guard let value = call.node.attributes.first?.value, call.node.attributes.count == 1 else {
            throw call.invalid("needs exactly one attribute")
        }
        switch value {
        case .tensor(let tensor): return [ValueType(shape: tensor.shape, elementType: tensor.elementType)]
        case .float: return [ValueType(shape: [], elementType: .float32)]
        case .floats(let list): return [ValueType(shape: [list.count], elementType: .float32)]
        case .int: return [ValueType(shape: [], elementType: .int64)]
        case .ints(let list): return [ValueType(shape: [list.count], elementType: .int64)]
        case .string, .strings, .graph: throw call.invalid("only numbers are supported")
        }
    }

    private static func shapeOfTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        [ValueType(shape: [try call.shapeSlice().count], elementType: .int64)]
    }

    private static func constantOfShapeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let extents = try call.constantIntegers(0, "shape") ?? []
        guard extents.allSatisfy({ (0...maximumExtent).contains($0) }) else {
            throw call.invalid("shape \(extents) is not possible")
        }
        guard case .tensor(let value)? = call.node.attributes["value"] else {
            return [ValueType(shape: Shape(extents), elementType: .float32)]
        }
        guard value.elementCount == 1 else { throw call.unsupported("value", "should be a single number") }
        return [ValueType(shape: Shape(extents), elementType: value.elementType)]
    }

    private static func rangeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        let elementType = try call.commonElementType(of: 0..<3)
        var numbers: [Double] = []
        for (index, name) in ["start", "limit", "delta"].enumerated() {
            guard try call.input(index).shape.elementCount == 1 else { throw call.invalid("\(name) is not one number") }
            if ElementKind.integer.contains(elementType) {
                guard let number = call.constant(index).map({ $0.reshaped(to: [1]) }).flatMap(call.firstInteger)
                else {
                    throw call.invalid("\(name) is computed from the network's input; its value must be known at load")
                }
                numbers.append(Double(number))
            } else {
                numbers.append(Double(try call.constantFloats(index, name)?.first ?? 0))
            }
        }
        guard numbers[2] != 0 else { throw call.invalid("delta is zero") }
        let count = ((numbers[1] - numbers[0]) / numbers[2]).rounded(.up)
        guard count.isFinite, count <= Double(maximumExtent) else { throw call.invalid("is endless") }
        return [ValueType(shape: [max(0, Int(count))], elementType: elementType)]
    }

    private static func oneHotTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let indices = try call.input(0)
        guard let depthValue = call.constant(1), depthValue.elementCount == 1,
            let depth = call.firstInteger(depthValue), (0...maximumExtent).contains(depth)
        else { throw call.invalid("depth must be a constant integer") }
        let values = try call.input(2)
        guard values.shape == [2] else { throw call.invalid("values should be two numbers") }
        var extents = indices.shape.dimensions
        let axis = call.int("axis", default: -1)
        let position = axis < 0 ? axis + extents.count + 1 : axis
        guard axis >= -extents.count - 1, (0...extents.count).contains(position) else {
            throw call.invalid("axis \(axis) does not exist")
        }
        extents.insert(depth, at: position)
        return [ValueType(shape: Shape(extents), elementType: values.elementType)]
    }
}

extension OperatorCall {
    /// The extents that a Shape node yields: all of them, or those from `start` to before `end`.
    func shapeSlice() throws(OperatorError) -> [Int] {
        let extents = try input(0).shape.dimensions
        let bound = { (index: Int) in min(max(index < 0 ? index + extents.count : index, 0), extents.count) }
        let range = maximumIndex
        let start = bound(min(max(int("start", default: 0), -range), range))
        let end = bound(min(max(int("end", default: extents.count), -range), range))
        return start < end ? Array(extents[start..<end]) : []
    }

    /// Beyond any axis or index, and far from overflow.
    private var maximumIndex: Int { OperatorTypes.maximumExtent }

    /// The first element as an integer; nil for real numbers that are none.
    func firstInteger(_ tensor: Tensor) -> Int? {
        switch tensor.elementType {
        case .int64: tensor.array(of: Int64.self).first.map { Int($0) }
        case .int32: tensor.array(of: Int32.self).first.map { Int($0) }
        case .int16: tensor.array(of: Int16.self).first.map { Int($0) }
        case .int8: tensor.array(of: Int8.self).first.map { Int($0) }
        case .uint8: tensor.array(of: UInt8.self).first.map { Int($0) }
        case .uint16: tensor.array(of: UInt16.self).first.map { Int($0) }
        case .uint32: tensor.array(of: UInt32.self).first.map { Int($0) }
        case .uint64: tensor.array(of: UInt64.self).first.flatMap { Int(exactly: $0) }
        case .float32: tensor.array(of: Float.self).first.flatMap { Int(exactly: $0) }
        case .float64: tensor.array(of: Double.self).first.flatMap { Int(exactly: $0) }
        case .float16: tensor.array(of: Float16.self).first.flatMap { Int(exactly: $0) }
        case .bool: nil
        }
    }
}
