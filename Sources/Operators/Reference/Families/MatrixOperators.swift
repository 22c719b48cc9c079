import Tensors

/// MatMul and Gemm.
enum MatrixOperators {
    static let table: [String: ReferenceOperator] = [
        "MatMul": ReferenceOperator(inputs: 2...2, widensHalf: true, product),
        "Gemm": ReferenceOperator(
            inputs: 2...3, attributes: ["alpha", "beta", "transA", "transB"], widensHalf: true, general),
    ]

    private static func product(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let left = try call.input(0)
        let right = try call.input(1)
        try call.requireSameType(left, right)
        let plan = try MatrixProductPlan(call, left.shape, right.shape)
        switch left.elementType {
        case .float32: return [plan.run(left, right, as: Float.self)]
        case .float64: return [plan.run(left, right, as: Double.self)]
        case .int32: return [plan.run(left, right, as: Int32.self)]
        case .int64: return [plan.run(left, right, as: Int64.self)]
        case .uint32: return [plan.run(left, right, as: UInt32.self)]
        case .uint64: return [plan.run(left, right, as: UInt64.self)]
        default: throw call.unsupportedType(left)
        }
    }

    private static func general(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        var left = try call.input(0, of: [.float32, .float64])
        var right = try call.input(1)
        try call.requireSameType(left, right)
        guard left.shape.rank == 2, right.shape.rank == 2 else {
            throw call.failure("\(left.shape) and \(right.shape) are not matrices")
        }
        if try call.flag("transA", default: false) { left = IndexedCopy.transposed(left, order: [1, 0]) }
        if try call.flag("transB", default: false) { right = IndexedCopy.transposed(right, order: [1, 0]) }
        let plan = try MatrixProductPlan(call, left.shape, right.shape)
        let alpha = try call.float("alpha", default: 1)
        let beta = try call.float("beta", default: 1)
        var addend: Tensor?
        if let bias = call.optionalInput(2) {
            try call.requireSameType(left, bias)
            guard bias.shape.broadcast(with: plan.result) == plan.result else {
                throw call.failure("a bias of \(bias.shape) does not fit a product of \(plan.result)")
            }
            addend = IndexedCopy.broadcast(bias, to: plan.result)
        }
        if left.elementType == .float32 {
            return [combine(plan.run(left, right, as: Float.self), alpha, addend, beta)]
        }
        return [combine(plan.run(left, right, as: Double.self), Double(alpha), addend, Double(beta))]
    }

    private static func combine<Element: NumericElement & BinaryFloatingPoint>(
        _ product: Tensor, _ alpha: Element, _ addend: Tensor?, _ beta: Element
    ) -> Tensor {
        var result = product.array(of: Element.self).map { alpha * $0 }
        if let addend {
            let addends = addend.array(of: Element.self)
            for index in result.indices { result[index] += beta * addends[index] }
        }
        return Tensor(result, shape: product.shape)
    }
}
