import Tensors

/// QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear.
enum QuantizationOperators {
    static let table: [String: ReferenceOperator] = [
        "QuantizeLinear": ReferenceOperator(
            inputs: 2...3,
            attributes: [
                .since(13, "axis"), .since(19, "saturate"), .since(21, "block_size"), .since(21, "output_dtype"),
            ], versions: 10...25, widensHalf: true, quantize),
        "DequantizeLinear": ReferenceOperator(
            inputs: 2...3, attributes: [.since(13, "axis"), .since(21, "block_size"), .since(23, "output_dtype")],
            versions: 10...25, widensHalf: true, dequantize),
        "DynamicQuantizeLinear": ReferenceOperator(inputs: 1...1, versions: 11...25, quantizeDynamically),
    ]

    // MARK: To integers

    private static func quantize(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0, of: [.float32, .int32])
        let values = ConversionOperators.convert(input, to: .float32)
        let zeroPoint = call.optionalInput(2)
        let wanted = try call.elementType("output_dtype")
        let type = zeroPoint?.elementType ?? wanted ?? .uint8
        guard wanted == nil || wanted == type else { throw call.failure("'output_dtype' is not the zero point's type") }
        let parameters = try BlockParameters(call, input.shape)
        switch type {
        case .uint8: return [quantize(values, parameters, UInt8.self)]
        case .int8: return [quantize(values, parameters, Int8.self)]
        case .uint16: return [quantize(values, parameters, UInt16.self)]
        case .int16: return [quantize(values, parameters, Int16.self)]
        default: throw call.failure("quantises to \(type), which is not supported")
        }
    }

    private static func quantize<Element: NumericElement & FixedWidthInteger>(
        _ input: Tensor, _ parameters: BlockParameters, _: Element.Type
    ) -> Tensor {
        var result = Tensor(zeros: input.shape, elementType: Element.elementType)
        input.withElements(as: Float.self) { input in
            result.withMutableElements(as: Element.self) { result in
                parameters.forEachElement { index, place in
                    result[index] = saturated(
                        input[index] / parameters.scales[place], zeroPoint: parameters.zeroPoints[place])
                }
            }
        }
        return result
    }

    /// Rounded to the nearest integer, halves to even, shifted and limited; NaN becomes the zero point.
    static func saturated<Element: NumericElement & FixedWidthInteger>(_ value: Float, zeroPoint: Int64) -> Element {
        let rounded = value.isNaN ? 0 : Double(value.rounded(.toNearestOrEven))
        return Element(real: rounded + Double(zeroPoint))
    }

    // MARK: To floats

    private static func dequantize(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        if let zeroPoint = call.optionalInput(2) { try call.requireSameType(input, zeroPoint) }
        if let wanted = try call.elementType("output_dtype"), wanted != (try call.input(1)).elementType {
            throw call.unsupported("output_dtype", "a result of \(wanted) is not supported")
        }
        let parameters = try BlockParameters(call, input.shape)
        switch input.elementType {
        case .uint8: return [dequantize(input, parameters, UInt8.self)]
        case .int8: return [dequantize(input, parameters, Int8.self)]
        case .uint16: return [dequantize(input, parameters, UInt16.self)]
        case .int16: return [dequantize(input, parameters, Int16.self)]
        case .int32: return [dequantize(input, parameters, Int32.self)]
        default: throw call.unsupportedType(input)
        }
    }

    private static func dequantize<Element: NumericElement & FixedWidthInteger>(
        _ input: Tensor, _ parameters: BlockParameters, _: Element.Type
    ) -> Tensor {
        var result = Tensor(zeros: input.shape, elementType: .float32)
        input.withElements(as: Element.self) { input in
            result.withMutableElements(as: Float.self) { result in
                parameters.forEachElement { index, place in
                    result[index] =
                        Float(Int64(input[index]) - parameters.zeroPoints[place]) * parameters.scales[place]
                }
            }
        }
        return result
    }

    // MARK: Dynamic

    private static func quantizeDynamically(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0, of: [.float32])
        let values = input.array(of: Float.self)
        let lower = values.reduce(0, min)
        let upper = values.reduce(0, max)
        // A tensor of zeros has no range; any scale keeps it.
        let scale = lower == upper ? 1 : (upper - lower) / 255
        let zeroPoint: UInt8 = saturated(-lower / scale, zeroPoint: 0)
        let quantized: [UInt8] = values.map { saturated($0 / scale, zeroPoint: Int64(zeroPoint)) }
        return [Tensor(quantized, shape: input.shape), Tensor(scalar: scale), Tensor(scalar: zeroPoint)]
    }
}

/// Scales and zero points of a tensor, one for all of it, one per index along an axis, or one per block of indices.
struct BlockParameters {
    let scales: [Float]
    let zeroPoints: [Int64]

    /// For each axis and index: what it contributes to the place among the parameters.
    private let tables: [[Int]]
    private let elementCount: Int

    init(_ call: OperatorInvocation, _ shape: Shape) throws(OperatorError) {
        let scale = try call.input(1, of: [.float32])
        scales = scale.array(of: Float.self)
        guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw call.failure("a scale is not a positive number")
        }
        if let zeroPoint = call.optionalInput(2) {
            guard zeroPoint.shape == scale.shape || (zeroPoint.elementCount == 1 && scale.elementCount == 1) else {
                throw call.failure("zero points of \(zeroPoint.shape) do not fit scales of \(scale.shape)")
            }
            zeroPoints = ConversionOperators.convert(zeroPoint, to: .int64).array(of: Int64.self)
        } else {
            zeroPoints = Array(repeating: 0, count: scales.count)
        }
        elementCount = shape.elementCount
        tables = try Self.tables(call, shape, scale.shape)
    }

    private static func tables(
        _ call: OperatorInvocation, _ shape: Shape, _ scale: Shape
    ) throws(OperatorError) -> [[Int]] {
        var tables = shape.dimensions.map { [Int](repeating: 0, count: $0) }
        let block = try call.int("block_size", default: 0)
        guard block >= 0 else { throw call.unsupported("block_size", "\(block) is negative") }
        if scale.elementCount == 1, block == 0 { return tables }
        let axis = try call.axis(try call.int("axis", default: 1), of: shape)
        if block == 0 {
            guard scale == [shape[axis]] else {
                throw call.failure("scales of \(scale) do not fit axis \(axis) of \(shape)")
            }
            tables[axis] = Array(0..<shape[axis])
            return tables
        }
        var expected = shape
        expected[axis] = (shape[axis] + block - 1) / block
        guard scale == expected else {
            throw call.failure("scales of \(scale) do not fit blocks of \(block) along axis \(axis) of \(shape)")
        }
        let strides = scale.strides
        for place in tables.indices {
            tables[place] = (0..<shape[place]).map { ($0 / (place == axis ? block : 1)) * strides[place] }
        }
        return tables
    }

    /// Calls `body` with every element's flat index and the place of its parameters.
    @inline(__always)
    func forEachElement(_ body: (_ index: Int, _ place: Int) -> Void) {
        if scales.count == 1 {
            for index in 0..<elementCount { body(index, 0) }
            return
        }
        let row = tables.last ?? [0]
        var start = 0
        IndexedCopy.forEachBase(Array(tables.dropLast())) { base in
            for index in row.indices { body(start + index, base + row[index]) }
            start += row.count
        }
    }
}
