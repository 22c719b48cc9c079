import Tensors

/// The checked geometry of a convolution node, whatever its element types.
struct ConvolutionPlan {
    let window: SpatialWindow
    let groups: Int
    let result: Shape
    private let input: Shape

    /// - Throws: when shapes and attributes do not fit each other, or the result would be too large.
    init(
        _ call: OperatorInvocation, input: Shape, weights: Shape, bias: Tensor?
    ) throws(OperatorError) {
        guard input.rank >= 3, weights.rank == input.rank else {
            throw call.failure("an input of \(input) and weights of \(weights) have no spatial axes in common")
        }
        groups = try call.int("group", default: 1)
        guard groups > 0, weights[0] % groups == 0, input[1] % groups == 0, weights[1] == input[1] / groups,
            weights[1] > 0
        else {
            throw call.failure("weights of \(weights) in \(groups) groups do not fit an input of \(input)")
        }
        if let bias, bias.shape != [weights[0]] {
            throw call.failure("a bias of \(bias.shape) does not fit \(weights[0]) output channels")
        }
        window = try SpatialWindow(
            call, input: Array(input.dimensions[2...]), kernel: Array(weights.dimensions[2...]))
        result = Shape([input[0], weights[0]] + window.output)
        self.input = input
        try call.checkSize(result)
        try call.checkWork([result.elementCount, weights.elementCount / max(weights[0], 1)])
        // The tile of columns, the only memory besides the result.
        try call.checkSize([weights.elementCount / max(weights[0], 1), TileProduct.width])
    }

    /// - Precondition: all tensors have elements of that type, and the shapes given to the initialiser.
    func run<Element: NumericElement>(
        _ input: Tensor, _ weights: Tensor, bias: [Element], as _: Element.Type
    ) -> Tensor {
        let loop = ConvolutionLoop<Element>(
            window: window, groups: groups, batch: self.input[0], inputChannels: self.input[1],
            outputChannels: result[1])
        var output = Tensor(zeros: result, elementType: Element.elementType)
        input.withElements(as: Element.self) { input in
            weights.withElements(as: Element.self) { weights in
                output.withMutableElements(as: Element.self) { output in
                    loop.run(input: input, weights: weights, bias: bias, result: output)
                }
            }
        }
        return output
    }
}
