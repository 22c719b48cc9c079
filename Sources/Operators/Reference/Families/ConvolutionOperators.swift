import Tensors

/// Conv and ConvTranspose over any number of spatial axes.
enum ConvolutionOperators {
    static let table: [String: ReferenceOperator] = [
        "Conv": ReferenceOperator(
            inputs: 2...3, attributes: SpatialWindow.attributes + ["group"], widensHalf: true, convolution),
        "ConvTranspose": ReferenceOperator(
            inputs: 2...3, attributes: SpatialWindow.attributes + ["group", "output_padding", "output_shape"],
            widensHalf: true, TransposedConvolution.evaluate),
    ]

    private static func convolution(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let weights = try call.input(1)
        try call.requireSameType(input, weights)
        if let bias = call.optionalInput(2) { try call.requireSameType(input, bias) }
        let plan = try ConvolutionPlan(call, input: input.shape, weights: weights.shape, bias: call.optionalInput(2))
        switch input.elementType {
        case .float32: return [try run(call, plan, Float.self)]
        case .float64: return [try run(call, plan, Double.self)]
        default: throw call.unsupportedType(input)
        }
    }

    private static func run<Element: NumericElement>(
        _ call: OperatorInvocation, _ plan: ConvolutionPlan, _: Element.Type
    ) throws(OperatorError) -> Tensor {
        plan.run(
            try call.input(0), try call.input(1), bias: call.optionalInput(2)?.array(of: Element.self) ?? [],
            as: Element.self)
    }
}
