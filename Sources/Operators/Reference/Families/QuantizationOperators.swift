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
