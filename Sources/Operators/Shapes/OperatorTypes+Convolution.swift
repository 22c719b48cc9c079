import Tensors

// Operators that slide a window over the spatial axes of a batch of planes.
extension OperatorTypes {
    static let convolutionForms: [String: [OperatorForm]] = {
        let window: [String: AttributeKind] = [
            "auto_pad": .string, "dilations": .ints, "kernel_shape": .ints, "pads": .ints, "strides": .ints,
        ]
        let convolution = window.merging(["group": .int]) { $1 }
        let transposed = convolution.merging(["output_padding": .ints, "output_shape": .ints]) { $1 }
        let pooling = window.merging(["ceil_mode": .int]) { $1 }
        let undilated = pooling.filter { $0.key != "dilations" }
        return [
            "Conv": [OperatorForm(inputs: 2...3, attributes: convolution, infer: convolutionTypes)],
            "ConvInteger": [
                OperatorForm(since: 10, inputs: 2...4, attributes: convolution, infer: integerConvolutionTypes)
            ],
            "QLinearConv": [
                OperatorForm(since: 10, inputs: 8...9, attributes: convolution, infer: quantizedConvolutionTypes)
            ],
            "ConvTranspose": [
                OperatorForm(inputs: 2...3, attributes: transposed, infer: transposedConvolutionTypes)
            ],
            "MaxPool": [
                OperatorForm(
                    since: 8, inputs: 1...1, attributes: pooling.merging(["storage_order": .int]) { $1 },
                    infer: maximumPoolTypes)
            ],
            "AveragePool": [
                OperatorForm(
                    since: 7, until: 18, inputs: 1...1,
                    attributes: undilated.merging(["count_include_pad": .int]) { $1 },
                    infer: averagePoolTypes),
                OperatorForm(
                    since: 19, inputs: 1...1, attributes: pooling.merging(["count_include_pad": .int]) { $1 },
                    infer: averagePoolTypes),
            ],
            "LpPool": [
                OperatorForm(
                    since: 2, until: 17, inputs: 1...1,
                    attributes: window.merging(["p": .int]) { $1 }.filter { $0.key != "dilations" },
                    infer: averagePoolTypes),
                OperatorForm(
                    since: 18, inputs: 1...1, attributes: pooling.merging(["p": .int]) { $1 }, infer: averagePoolTypes),
            ],
            "GlobalAveragePool": [OperatorForm(inputs: 1...1, infer: globalPoolTypes)],
            "GlobalMaxPool": [OperatorForm(inputs: 1...1, infer: globalPoolTypes)],
            "GlobalLpPool": [OperatorForm(inputs: 1...1, attributes: ["p": .int], infer: globalPoolTypes)],
        ]
    }()

    private static func convolutionTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let elementType = try call.commonElementType(of: call.inputs.indices)
        let shape = try convolutionShape(call, weightIndex: 1, biasIndex: 2)
        return [ValueType(shape: shape, elementType: elementType)]
    }

    private static func integerConvolutionTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        for (index, zeroPoint) in [(0, 2), (1, 3)] {
            try call.requireByte(index)
            _ = try call.commonElementType(of: [index, zeroPoint])
        }
        let shape = try convolutionShape(call, weightIndex: 1, biasIndex: nil)
        return [ValueType(shape: shape, elementType: .int32)]
    }

    private static func quantizedConvolutionTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        for (index, zeroPoint) in [(0, 2), (3, 5)] {
            try call.requireByte(index)
            _ = try call.commonElementType(of: [index, zeroPoint])
        }
        try call.requireByte(7)
        for scale in [1, 4, 6] { try call.require(scale, .floating) }
        if let bias = call.optionalInput(8), bias.elementType != .int32 {
            throw call.invalid("its bias is \(bias.elementType), not int32")
        }
        let shape = try convolutionShape(call, weightIndex: 3, biasIndex: 8)
        return [ValueType(shape: shape, elementType: try call.input(7).elementType)]
    }

    /// Input (batch, channels, spatial...), weights (output channels, channels / groups, kernel...).
    private static func convolutionShape(
        _ call: OperatorCall, weightIndex: Int, biasIndex: Int?
    ) throws(OperatorError) -> Shape {
        let input = try call.spatialInput()
        let weight = try call.input(weightIndex).shape
        let groups = call.int("group", default: 1)
        guard weight.rank == input.rank else { throw call.invalid("weights \(weight) do not fit input \(input)") }
        guard groups > 0, weight[0] % groups == 0 else {
            throw call.unsupported("group", "\(groups) groups do not divide \(weight[0]) output channels")
        }
        guard weight[1] <= maximumExtent / groups, weight[1] * groups == input[1] else {
            throw call.invalid("weights \(weight) in \(groups) groups do not fit input \(input)")
        }
        if let biasIndex, let bias = call.optionalInput(biasIndex)?.shape, bias != [weight[0]] {
            throw call.invalid("its bias has shape \(bias) instead of \(weight[0])")
        }
        let window = try call.window(
            kernel: try call.kernel(ofWeights: weight), over: Array(input.dimensions[2...]))
        return Shape([input[0], weight[0]] + window.output)
    }

    private static func transposedConvolutionTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let elementType = try call.commonElementType(of: call.inputs.indices)
        let input = try call.spatialInput()
        let weight = try call.input(1).shape
        let groups = call.int("group", default: 1)
        guard weight.rank == input.rank, weight[0] == input[1] else {
            throw call.invalid("weights \(weight) do not fit input \(input)")
        }
        guard groups > 0, weight[0] % groups == 0, weight[1] <= maximumExtent / groups else {
            throw call.unsupported("group", "\(groups) groups do not divide \(weight[0]) input channels")
        }
        let channels = weight[1] * groups
        if let bias = call.optionalInput(2)?.shape, bias != [channels] {
            throw call.invalid("its bias has shape \(bias) instead of \(channels)")
        }
        let window = try call.transposedWindow(
            kernel: try call.kernel(ofWeights: weight), over: Array(input.dimensions[2...]))
        return [ValueType(shape: Shape([input[0], channels] + window.output), elementType: elementType)]
    }

    private static func maximumPoolTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        guard call.int("storage_order", default: 0) == 0 else {
            throw call.unsupported("storage_order", "only row-major order is supported")
        }
        let pooled = try poolType(call)
        return [pooled, ValueType(shape: pooled.shape, elementType: .int64)]
    }

    private static func averagePoolTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        return [try poolType(call)]
    }

    private static func poolType(_ call: OperatorCall) throws(OperatorError) -> ValueType {
        let input = try call.spatialInput()
        guard let kernel = call.ints("kernel_shape"), kernel.count == input.rank - 2 else {
            throw call.unsupported("kernel_shape", "must have an entry for each spatial axis of \(input)")
        }
        let window = try call.window(kernel: kernel, over: Array(input.dimensions[2...]))
        return ValueType(
            shape: Shape(Array(input.dimensions[..<2]) + window.output), elementType: try call.input(0).elementType)
    }

    private static func globalPoolTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let input = try call.spatialInput()
        let ones = [Int](repeating: 1, count: input.rank - 2)
        return [
            ValueType(
                shape: Shape(Array(input.dimensions[..<2]) + ones), elementType: try call.input(0).elementType)
        ]
    }
}

extension OperatorCall {
    /// The first input's shape, which has to be (batch, channels, spatial...).
    func spatialInput() throws(OperatorError) -> Shape {
        let shape = try input(0).shape
        guard (3...5).contains(shape.rank) else {
            throw invalid("its input of shape \(shape) has not one to three spatial axes")
        }
        return shape
    }

    /// The spatial extents of weights, with which `kernel_shape` has to agree.
    func kernel(ofWeights weight: Shape) throws(OperatorError) -> [Int] {
        let kernel = Array(weight.dimensions[2...])
        if let declared = ints("kernel_shape"), declared != kernel {
            throw unsupported("kernel_shape", "\(declared) contradicts weights \(weight)")
        }
        return kernel
    }

    /// An 8-bit input of integer arithmetic.
    func requireByte(_ index: Int) throws(OperatorError) {
        guard let type = optionalInput(index)?.elementType, type != .uint8, type != .int8 else { return }
        throw invalid("input \(index) is \(type), not uint8 or int8")
    }
}
