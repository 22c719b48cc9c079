import Tensors

/// Convolutions and matrix products of quantised tensors: ConvInteger, MatMulInteger, QLinearConv, QLinearMatMul.
///
/// Zero points are subtracted first, and products added in 32 bits, which wrap.
enum IntegerOperators {
    static let table: [String: ReferenceOperator] = [
        "ConvInteger": ReferenceOperator(
            inputs: 2...4, attributes: SpatialWindow.attributes + ["group"], versions: 10...25, integerConvolution),
        "MatMulInteger": ReferenceOperator(inputs: 2...4, versions: 10...25, integerProduct),
        "QLinearConv": ReferenceOperator(
            inputs: 8...9, attributes: SpatialWindow.attributes + ["group"], versions: 10...25, quantizedConvolution),
        "QLinearMatMul": ReferenceOperator(inputs: 8...8, versions: 10...25, quantizedProduct),
    ]

    /// An 8-bit tensor as 32-bit integers with its zero points subtracted.
    ///
    /// - Parameter axis: the axis along which there may be several zero points.
    private static func centred(
        _ tensor: Tensor, zeroPoint: Tensor?, axis: Int, _ call: OperatorInvocation
    ) throws(OperatorError) -> Tensor {
        guard tensor.elementType == .uint8 || tensor.elementType == .int8 else { throw call.unsupportedType(tensor) }
        let wide = ConversionOperators.convert(tensor, to: .int32)
        guard let zeroPoint else { return wide }
        try call.requireSameType(tensor, zeroPoint)
        let points = ConversionOperators.convert(zeroPoint, to: .int32)
        guard points.elementCount != 1 else {
            return try ArithmeticOperators.apply(.difference, wide, points.reshaped(to: []), call)
        }
        guard tensor.shape.rank > axis, zeroPoint.shape == [tensor.shape[axis]] else {
            throw call.failure("zero points of \(zeroPoint.shape) do not fit axis \(axis) of \(tensor.shape)")
        }
        var extents = [Int](repeating: 1, count: tensor.shape.rank)
        extents[axis] = tensor.shape[axis]
        return try ArithmeticOperators.apply(.difference, wide, points.reshaped(to: Shape(extents)), call)
    }

    private static func integerConvolution(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try centred(try call.input(0), zeroPoint: call.optionalInput(2), axis: 1, call)
        let weights = try centred(try call.input(1), zeroPoint: call.optionalInput(3), axis: 0, call)
        let plan = try ConvolutionPlan(call, input: input.shape, weights: weights.shape, bias: nil)
        return [plan.run(input, weights, bias: [], as: Int32.self)]
    }

    private static func integerProduct(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let first = try call.input(0)
        let second = try call.input(1)
        let left = try centred(first, zeroPoint: call.optionalInput(2), axis: max(first.shape.rank - 2, 0), call)
        let right = try centred(second, zeroPoint: call.optionalInput(3), axis: max(second.shape.rank - 1, 0), call)
        return [try MatrixProductPlan(call, left.shape, right.shape).run(left, right, as: Int32.self)]
    }

    private static func quantizedConvolution(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try centred(try call.input(0), zeroPoint: try call.input(2), axis: 1, call)
        let weights = try centred(try call.input(3), zeroPoint: try call.input(5), axis: 0, call)
        let bias = try call.optionalInput(8).map { bias throws(OperatorError) in
            guard bias.elementType == .int32 else { throw call.unsupportedType(bias) }
            return bias.array(of: Int32.self)
        }
        let plan = try ConvolutionPlan(
            call, input: input.shape, weights: weights.shape, bias: call.optionalInput(8))
        let sums = plan.run(input, weights, bias: bias ?? [], as: Int32.self)
        return [try requantized(sums, call, scaleInputs: (1, 4, 6), zeroPoint: 7, axis: 1)]
    }

    private static func quantizedProduct(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let first = try call.input(0)
        let second = try call.input(3)
        let left = try centred(first, zeroPoint: try call.input(2), axis: max(first.shape.rank - 2, 0), call)
        let right = try centred(second, zeroPoint: try call.input(5), axis: max(second.shape.rank - 1, 0), call)
        let sums = try MatrixProductPlan(call, left.shape, right.shape).run(left, right, as: Int32.self)
        return [try requantized(sums, call, scaleInputs: (1, 4, 6), zeroPoint: 7, axis: sums.shape.rank - 1)]
    }

    /// Sums times `left * right / result` scale, rounded, shifted and limited.
    ///
    /// - Parameter axis: the axis of the sums along which the second scale may vary.
    private static func requantized(
        _ sums: Tensor, _ call: OperatorInvocation, scaleInputs: (left: Int, right: Int, result: Int),
        zeroPoint: Int, axis: Int
    ) throws(OperatorError) -> Tensor {
        let left = try scales(scaleInputs.left, call)
        let right = try scales(scaleInputs.right, call)
        let result = try scales(scaleInputs.result, call)
        let zeroPoint = try call.input(zeroPoint)
        guard left.count == 1, result.count == 1, zeroPoint.elementCount == 1,
            right.count == 1 || (axis >= 0 && right.count == sums.shape[axis])
        else { throw call.failure("the numbers of scales and zero points do not fit the result") }
        let inner = axis < 0 ? 1 : sums.shape.dimensions[(axis + 1)...].reduce(1, *)
        let multipliers = right.map { left[0] * $0 / result[0] }
        let point = ConversionOperators.convert(zeroPoint, to: .int64).array(of: Int64.self)[0]
        let values = sums.array(of: Int32.self).enumerated().map { index, sum in
            Float(sum) * multipliers[multipliers.count == 1 ? 0 : index / inner % multipliers.count]
        }
        switch zeroPoint.elementType {
        case .uint8:
            return Tensor(
                values.map { QuantizationOperators.saturated($0, zeroPoint: point) as UInt8 }, shape: sums.shape)
        case .int8:
            return Tensor(
                values.map { QuantizationOperators.saturated($0, zeroPoint: point) as Int8 }, shape: sums.shape)
        default: throw call.unsupportedType(zeroPoint)
        }
    }

    private static func scales(_ index: Int, _ call: OperatorInvocation) throws(OperatorError) -> [Float] {
        let tensor = try call.input(index)
        let values = ConversionOperators.convert(tensor, to: .float32).array(of: Float.self)
        guard tensor.elementType.isFloatingPoint, values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw call.failure("input \(index) is not a positive scale")
        }
        return values
    }
}
