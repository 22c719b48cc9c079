import Tensors

// Matrix products.
extension OperatorTypes {
    static let matrixForms: [String: [OperatorForm]] = [
        "MatMul": [
            OperatorForm(inputs: 2...2) { call throws(OperatorError) in
                try call.require(0, .numeric)
                return [
                    ValueType(
                        shape: try call.productShape(0, 1), elementType: try call.commonElementType(of: 0..<2))
                ]
            }
        ],
        "MatMulInteger": [OperatorForm(since: 10, inputs: 2...4, infer: integerProductTypes)],
        "QLinearMatMul": [OperatorForm(since: 10, inputs: 8...8, infer: quantizedProductTypes)],
        "Gemm": [
            OperatorForm(
                since: 7, inputs: 2...3, attributes: ["alpha": .float, "beta": .float, "transA": .int, "transB": .int],
                infer: generalProductTypes)
        ],
        "Einsum": [
            OperatorForm(since: 12, inputs: 1...Int(Int32.max), attributes: ["equation": .string], infer: einsumTypes)
        ],
    ]

    private static func integerProductTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        for (index, zeroPoint) in [(0, 2), (1, 3)] {
            try call.requireByte(index)
            _ = try call.commonElementType(of: [index, zeroPoint])
        }
        return [ValueType(shape: try call.productShape(0, 1), elementType: .int32)]
    }

    private static func quantizedProductTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        for (index, zeroPoint) in [(0, 2), (3, 5)] {
            try call.requireByte(index)
            _ = try call.commonElementType(of: [index, zeroPoint])
        }
        try call.requireByte(7)
        for scale in [1, 4, 6] { try call.require(scale, .floating) }
        return [ValueType(shape: try call.productShape(0, 3), elementType: try call.input(7).elementType)]
    }

    private static func generalProductTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        let elementType = try call.commonElementType(of: call.inputs.indices)
        let (left, right) = (try call.input(0).shape, try call.input(1).shape)
        guard left.rank == 2, right.rank == 2 else { throw call.invalid("\(left) and \(right) are not matrices") }
        let (rows, inner) = call.flag("transA") ? (left[1], left[0]) : (left[0], left[1])
        let (innerRight, columns) = call.flag("transB") ? (right[1], right[0]) : (right[0], right[1])
        guard inner == innerRight else { throw call.invalid("\(left) times \(right) is not possible") }
        let shape: Shape = [rows, columns]
        if let addend = call.optionalInput(2)?.shape, shape.broadcast(with: addend) != shape {
            throw call.invalid("its bias of shape \(addend) does not broadcast to \(shape)")
        }
        return [ValueType(shape: shape, elementType: elementType)]
    }

    /// Explicit and implicit equations of letters, without an ellipsis.
    private static func einsumTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        let elementType = try call.commonElementType(of: call.inputs.indices)
        let equation = String(call.string("equation", default: "").filter { $0 != " " })
        let refusal = call.unsupported("equation", "'\(equation)' is not supported")
        let parts = equation.split(separator: "->", omittingEmptySubsequences: false)
        guard equation.allSatisfy({ $0.isASCII && $0.isLetter || ",->".contains($0) }), (1...2).contains(parts.count)
        else { throw refusal }
        let terms = parts[0].split(separator: ",", omittingEmptySubsequences: false)
        guard terms.count == call.inputs.count else { throw refusal }
        var extents: [Character: Int] = [:]
        for (index, term) in terms.enumerated() {
            let shape = try call.input(index).shape
            guard term.count == shape.rank, Set(term).count == term.count else { throw refusal }
            for (letter, extent) in zip(term, shape.dimensions) {
                guard extents.updateValue(extent, forKey: letter).map({ $0 == extent }) ?? true else {
                    throw call.invalid("'\(equation)' gives \(letter) two extents")
                }
            }
        }
        // Without an output, letters that occur once are kept, in alphabetical order.
        let letters = terms.joined()
        let output =
            parts.count == 2
            ? Array(parts[1]) : extents.keys.filter { key in letters.filter { $0 == key }.count == 1 }.sorted()
        guard Set(output).count == output.count, output.allSatisfy({ extents[$0] != nil }) else { throw refusal }
        return [ValueType(shape: Shape(output.compactMap { extents[$0] }), elementType: elementType)]
    }
}

extension OperatorCall {
    /// The shape of a product of stacks of matrices, as numpy's matmul defines it: vectors count as a row or a column,
    /// the axes in front broadcast.
    func productShape(_ leftIndex: Int, _ rightIndex: Int) throws(OperatorError) -> Shape {
        let (left, right) = (try input(leftIndex).shape, try input(rightIndex).shape)
        guard let inner = left.dimensions.last, right.rank > 0 else { throw invalid("multiplies a scalar") }
        let rows = left.rank > 1 ? [left[left.rank - 2]] : []
        let columns = right.rank > 1 ? [right[right.rank - 1]] : []
        let innerRight = right.rank > 1 ? right[right.rank - 2] : right[0]
        guard inner == innerRight,
            let stack = Shape(left.dimensions.dropLast(2)).broadcast(with: Shape(right.dimensions.dropLast(2)))
        else { throw invalid("\(left) times \(right) is not possible") }
        return Shape(stack.dimensions + rows + columns)
    }
}
