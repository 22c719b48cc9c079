import Tensors

// Conversions between real numbers and 8- or 16-bit integers.
extension OperatorTypes {
    static let quantizationForms: [String: [OperatorForm]] = [
        "QuantizeLinear": [
            OperatorForm(since: 10, until: 12, inputs: 2...3, infer: quantizeTypes),
            OperatorForm(since: 13, until: 18, inputs: 2...3, attributes: ["axis": .int], infer: quantizeTypes),
            OperatorForm(
                since: 19, until: 20, inputs: 2...3, attributes: ["axis": .int, "saturate": .int],
                infer: quantizeTypes),
            OperatorForm(
                since: 21, inputs: 2...3,
                attributes: [
                    "axis": .int, "block_size": .int, "output_dtype": .int, "precision": .int, "saturate": .int,
                ], infer: quantizeTypes),
        ],
        "DequantizeLinear": [
            OperatorForm(since: 10, until: 12, inputs: 2...3, infer: dequantizeTypes),
            OperatorForm(since: 13, until: 20, inputs: 2...3, attributes: ["axis": .int], infer: dequantizeTypes),
            OperatorForm(
                since: 21, inputs: 2...3, attributes: ["axis": .int, "block_size": .int, "output_dtype": .int],
                infer: dequantizeTypes),
        ],
        "DynamicQuantizeLinear": [
            OperatorForm(since: 11, inputs: 1...1) { call throws(OperatorError) in
                let input = try call.input(0)
                guard input.elementType == .float32 else { throw call.invalid("its input is \(input.elementType)") }
                return [
                    ValueType(shape: input.shape, elementType: .uint8), ValueType(shape: [], elementType: .float32),
                    ValueType(shape: [], elementType: .uint8),
                ]
            }
        ],
    ]

    private static func quantizeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        guard ElementKind.floating.contains(input.elementType) || input.elementType == .int32 else {
            throw call.invalid("its input is \(input.elementType)")
        }
        try checkParameters(call, of: input.shape)
        let declared = call.int("output_dtype", default: 0)
        var elementType = call.optionalInput(2)?.elementType ?? .uint8
        if declared != 0 {
            guard let type = ElementType(rawValue: declared), call.optionalInput(2)?.elementType ?? type == type else {
                throw call.unsupported("output_dtype", "element type number \(declared) is not supported here")
            }
            elementType = type
        }
        guard [.uint8, .int8, .uint16, .int16].contains(elementType) else {
            throw call.invalid("quantises to \(elementType)")
        }
        return [ValueType(shape: input.shape, elementType: elementType)]
    }

    private static func dequantizeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        let input = try call.input(0)
        guard [.uint8, .int8, .uint16, .int16, .int32].contains(input.elementType) else {
            throw call.invalid("its input is \(input.elementType)")
        }
        _ = try call.commonElementType(of: [0, 2])
        try checkParameters(call, of: input.shape)
        let scale = try call.input(1).elementType
        let declared = call.int("output_dtype", default: 0)
        guard declared != 0 else { return [ValueType(shape: input.shape, elementType: scale)] }
        guard let type = ElementType(rawValue: declared), ElementKind.floating.contains(type) else {
            throw call.unsupported("output_dtype", "element type number \(declared) is not supported here")
        }
        return [ValueType(shape: input.shape, elementType: type)]
    }

    /// Scales are one number, one for each index along an axis, or one for each block of indices along it.
    private static func checkParameters(_ call: OperatorCall, of shape: Shape) throws(OperatorError) {
        try call.require(1, .floating)
        let scales = try call.input(1).shape
        if let zeroPoints = call.optionalInput(2)?.shape, zeroPoints != scales {
            throw call.invalid("zero points \(zeroPoints) do not fit scales \(scales)")
        }
        let block = call.int("block_size", default: 0)
        guard block >= 0 else { throw call.unsupported("block_size", "\(block) is negative") }
        // Exporters write a single scale as a scalar or as a list of one.
        if block == 0, scales.elementCount == 1, scales.rank <= 1 { return }
        let axis = try call.axis(default: 1, of: shape)
        if block == 0 {
            guard scales == [shape[axis]] else {
                throw call.invalid("scales \(scales) do not fit axis \(axis) of \(shape)")
            }
        } else {
            var expected = shape
            expected[axis] = (shape[axis] - 1) / block + 1
            guard scales == expected else {
                throw call.invalid("scales \(scales) do not fit blocks of \(block) in \(shape)")
            }
        }
    }
}
