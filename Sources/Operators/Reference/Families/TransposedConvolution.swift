import Tensors

/// ConvTranspose: every input pixel adds its product with the kernel to the output pixels under it.
struct TransposedConvolution {
    private let groups: Int
    private let batch: Int
    private let inputChannels: Int
    private let outputChannels: Int
    private let input: [Int]
    private let kernel: [Int]
    private let strides: [Int]
    private let dilations: [Int]
    private let padsBefore: [Int]
    private let output: [Int]

    static func evaluate(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let weights = try call.input(1)
        try call.requireSameType(input, weights)
        if let bias = call.optionalInput(2) { try call.requireSameType(input, bias) }
        let plan = try TransposedConvolution(call, input.shape, weights.shape)
        switch input.elementType {
        case .float32: return [try plan.run(call, Float.self)]
        case .float64: return [try plan.run(call, Double.self)]
        default: throw call.unsupportedType(input)
        }
    }

    private init(_ call: OperatorInvocation, _ input: Shape, _ weights: Shape) throws(OperatorError) {
        guard input.rank >= 3, weights.rank == input.rank else {
            throw call.failure("an input of \(input) and weights of \(weights) have no spatial axes in common")
        }
        groups = try call.int("group", default: 1)
        guard groups > 0, weights[0] == input[1], input[1] % groups == 0 else {
            throw call.failure("weights of \(weights) in \(groups) groups do not fit an input of \(input)")
        }
        let (channels, overflow) = weights[1].multipliedReportingOverflow(by: groups)
        guard !overflow else { throw call.failure("\(groups) groups of \(weights[1]) channels are too many") }
        if let bias = call.optionalInput(2), bias.shape != [channels] {
            throw call.failure("a bias of \(bias.shape) does not fit \(channels) output channels")
        }
        let geometry = try TransposedGeometry(
            call, input: Array(input.dimensions[2...]), kernel: Array(weights.dimensions[2...]))
        (batch, inputChannels, outputChannels) = (input[0], input[1], channels)
        (self.input, kernel) = (geometry.input, geometry.kernel)
        (strides, dilations, padsBefore, output) = (
            geometry.strides, geometry.dilations, geometry.padsBefore, geometry.output
        )
        try call.checkSize(Shape([batch, channels] + output))
        try call.checkWork([input.elementCount, weights.elementCount / max(weights[0], 1)])
        try call.checkSize(Shape([weights.elementCount / max(weights[0], 1), TileProduct.width]))
    }

    private func run<Element: NumericElement>(
        _ call: OperatorInvocation, _: Element.Type
    ) throws(OperatorError) -> Tensor {
        let source = try call.input(0)
        // A row of coefficients for each output channel and tap.
        let weights = try call.input(1)
        let taps = kernel.reduce(1, *)
        let perGroup = outputChannels / groups
        let rows = weights.reshaped(to: [groups, inputChannels / groups, perGroup * taps])
        let coefficients = IndexedCopy.transposed(rows, order: [0, 2, 1])
        let bias = call.optionalInput(2)?.array(of: Element.self) ?? []
        let area = output.reduce(1, *)
        var result = Tensor(zeros: Shape([batch, outputChannels] + output), elementType: Element.elementType)
        source.withElements(as: Element.self) { source in
            coefficients.withElements(as: Element.self) { coefficients in
                result.withMutableElements(as: Element.self) { result in
                    if !bias.isEmpty {
                        for index in result.indices { result[index] = bias[index / area % outputChannels] }
                    }
                    for image in 0..<batch {
                        for group in 0..<groups { scatter(source, coefficients, image, group, result) }
                    }
                }
            }
        }
        return result
    }

    /// Adds what the input channels of one group contribute to the output channels of that group.
    private func scatter<Element: NumericElement>(
        _ source: UnsafeBufferPointer<Element>, _ coefficients: UnsafeBufferPointer<Element>, _ image: Int,
        _ group: Int, _ result: UnsafeMutableBufferPointer<Element>
    ) {
        let tile = TileProduct.width
        let (pixels, area, taps) = (input.reduce(1, *), output.reduce(1, *), kernel.reduce(1, *))
        let depth = inputChannels / groups
        let perGroup = outputChannels / groups
        guard pixels > 0, let coefficientBase = coefficients.baseAddress else { return }
        var columns = [Element](repeating: .zero, count: depth * tile)
        var sums = [Element](repeating: .zero, count: perGroup * taps * tile)
        for start in stride(from: 0, to: pixels, by: tile) {
            let count = min(tile, pixels - start)
            for channel in 0..<depth {
                let base = (image * inputChannels + group * depth + channel) * pixels + start
                for column in 0..<count { columns[channel * tile + column] = source[base + column] }
            }
            sums.withUnsafeMutableBufferPointer { sums in
                sums.update(repeating: .zero)
                columns.withUnsafeBufferPointer { columns in
                    guard let sums = sums.baseAddress, let columns = columns.baseAddress else { return }
                    TileProduct.accumulate(
                        rows: perGroup * taps, depth: depth,
                        coefficients: coefficientBase + group * perGroup * taps * depth, stride: depth,
                        columns: columns, sums: sums)
                }
            }
            let first = image * outputChannels + group * perGroup
            for column in 0..<count {
                let targets = targets(of: SpatialWindow.indices(start + column, input))
                for channel in 0..<perGroup {
                    let base = (first + channel) * area
                    for (tap, target) in targets.enumerated() where target != IndexedCopy.outside {
                        let sum = sums[(channel * taps + tap) * tile + column]
                        result[base + target] = Element.sum(result[base + target], sum)
                    }
                }
            }
        }
    }

    /// For each tap, the output pixel that an input pixel adds to.
    private func targets(of pixel: [Int]) -> [Int] {
        let outputStrides = Shape(output).strides
        var result: [Int] = []
        IndexedCopy.forEachBase(
            pixel.indices.map { axis in
                (0..<kernel[axis]).map { tap in
                    let place = pixel[axis] * strides[axis] + tap * dilations[axis] - padsBefore[axis]
                    return (0..<output[axis]).contains(place) ? place * outputStrides[axis] : IndexedCopy.outside
                }
            }
        ) { result.append($0) }
        return result
    }
}
