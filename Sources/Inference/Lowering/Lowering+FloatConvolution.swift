import CKernels
import ONNX
import Tensors

/// Convolutions and pools of float feature maps.
extension Lowering {
    /// A convolution's constant weights, reals in ONNX order, and its bias (zeros where it has none).
    struct ConvolutionConstants {
        var weights: [Float]
        var shape: [Int]
        var bias: [Float]
    }

    mutating func floatConstants(_ node: Node, outputChannels: Int) throws(EngineError) -> ConvolutionConstants? {
        guard let weights = try constantReals(requiredInput(1, of: node), for: node) else { return nil }
        var bias = [Float](repeating: 0, count: outputChannels)
        if let name = input(2, of: node) {
            guard let tensor = try constantReals(name, for: node), tensor.elementCount == outputChannels else {
                return nil
            }
            bias = tensor.array(of: Float.self)
        }
        return ConvolutionConstants(
            weights: weights.array(of: Float.self), shape: weights.shape.dimensions, bias: bias)
    }

    /// The reals of a constant, or of the DequantizeLinear of one; nil where the value is computed at run time.
    func constantReals(_ name: String, for node: Node) throws(EngineError) -> Tensor? {
        guard let tensor = constant(name), tensor.elementType == .float32 else { return nil }
        return tensor
    }

    mutating func lowerConvolution(_ node: Node) throws(EngineError) {
        if try lowerQuantizedConvolution(node) { return }
        let name = try requiredInput(0, of: node)
        let inputShape = try shape(of: name, in: node)
        let outputShape = try shape(of: node.outputs[0], in: node)
        guard let constants = try floatConstants(node, outputChannels: outputShape[1]),
            constants.shape.count == inputShape.count, inputShape.count == 3 || inputShape.count == 4
        else { return try lowerReference(node) }
        let window = try WindowAttributes(
            node, kernel: Array(constants.shape.dropFirst(2)), input: inputShape, output: outputShape)
        guard constants.shape[0] == outputShape[1], constants.shape[1] * window.groups == inputShape[1] else {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType,
                detail: "weights \(Shape(constants.shape)) do not fit input \(Shape(inputShape))")
        }
        let isDepthwise = window.groups == inputShape[1] && outputShape[1] == inputShape[1]
        // Few channels are read where they lie, in whatever order: pictures come with one plane for each colour.
        let isPicture = !isDepthwise && inputShape[1] <= 4
        let input = try (isPicture ? stored(name, for: node) : channelsLast(name, for: node)).asImage
        let (finish, last, operators) = try fuseActivation(after: node, channels: outputShape[1])
        let output = makeFeatureMap(last.outputs[0], shape: outputShape)
        try define(last.outputs[0], .stored(output), in: last)
        let macs = outputShape.reduce(1, *) * constants.shape.dropFirst().reduce(1, *)
        let floatKernels = floatKernels
        let shape = window.shape
        let groups = window.groups
        append(
            last, as: operators, kind: .float, reads: [input], writes: [output],
            scratchBytes: isDepthwise ? 0 : FloatConvolutionStep.scratchBytes(shape),
            multiplyAccumulates: macs, weightBytes: constants.weights.count * 4
        ) { resolver in
            let resolved = resolver.resolve(input)
            let from = resolved.featureMap(of: Float.self)
            let to = resolver.resolve(output.asImage).featureMap(of: Float.self)
            if isDepthwise {
                let weights = ConstantMemory(Self.transposed(constants.weights, rows: groups, columns: shape.taps))
                return FloatWindowStep(
                    .depthwise(weights: weights, bias: ConstantMemory(constants.bias), finish), shape, input: from,
                    output: to, kernels: floatKernels)
            }
            let weights = FloatPanels(
                Self.gathered(constants, groups: groups), matrices: groups, rows: shape.taps * constants.shape[1],
                columns: constants.shape[0] / groups)
            return FloatConvolutionStep(
                shape, input: from, channelStride: from.channels == 1 ? 1 : resolved.strides[1], output: to,
                groups: groups, weights: weights, bias: constants.bias, finish: finish, kernels: floatKernels)
        }
    }

    static func transposed(_ matrix: [Float], rows: Int, columns: Int) -> [Float] {
        var result = [Float](repeating: 0, count: matrix.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = matrix[row * columns + column] }
        }
        return result
    }

    /// Weights as one matrix per group: [tap][input channel] x [output channel].
    private static func gathered(_ constants: ConvolutionConstants, groups: Int) -> [Float] {
        let outputs = constants.shape[0] / groups
        let channels = constants.shape[1]
        let taps = constants.shape.dropFirst(2).reduce(1, *)
        var result = [Float](repeating: 0, count: constants.weights.count)
        for group in 0..<groups {
            for output in 0..<outputs {
                for channel in 0..<channels {
                    let from = ((group * outputs + output) * channels + channel) * taps
                    for tap in 0..<taps {
                        let row = group * taps * channels + tap * channels + channel
                        result[row * outputs + output] = constants.weights[from + tap]
                    }
                }
            }
        }
        return result
    }

    /// The activation that is the only reader of the node's output, to be computed in the same step.
    ///
    /// - Returns: what to do, the node whose output the step writes, and the operators' names.
    mutating func fuseActivation(
        after node: Node, channels: Int
    ) throws(EngineError) -> (finish: FloatFinish, last: Node, operators: String) {
        var activation = FloatFinish.Activation.none
        var last = node
        var operators = node.operatorType
        if let (index, reader) = onlyReader(of: node.outputs[0]), reader.inputs.first == node.outputs[0] {
            if let function = try ActivationFunction(reader) {
                activation = .function(function.function, function.p, function.q)
            } else if let bounds = try clipBounds(reader) {
                activation = .function(SIGHTLINE_FLOAT_CLIP, bounds.lowerBound, bounds.upperBound)
            } else if let slopes = try channelSlopes(reader, channels: channels) {
                activation = .slopes(slopes)
            }
            if case .none = activation {
            } else {
                fusedNodes.insert(index)
                last = reader
                operators += "+" + reader.operatorType
            }
        }
        return (FloatFinish(activation: activation, channels: channels, kernels: floatKernels), last, operators)
    }

    /// The constant bounds of a Clip node.
    func clipBounds(_ node: Node) throws(EngineError) -> ClosedRange<Float>? {
        guard node.operatorType == "Clip" else { return nil }
        let attributes = NodeAttributes(node)
        var bounds: [Float] = [-.infinity, .infinity]
        for (index, attribute) in ["min", "max"].enumerated() {
            bounds[index] = try attributes.float(attribute, default: bounds[index])
            guard let name = input(index + 1, of: node) else { continue }
            guard let bound = scalar(name) else { return nil }
            bounds[index] = bound
        }
        return bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : nil
    }

    /// The constant slopes of a PRelu node, one for each channel.
    func channelSlopes(_ node: Node, channels: Int) throws(EngineError) -> [Float]? {
        guard node.operatorType == "PRelu", let name = input(1, of: node), let tensor = constant(name),
            tensor.elementType == .float32
        else { return nil }
        let shape = tensor.shape.dimensions
        let rank = try self.shape(of: node.inputs[0], in: node).count
        // Broadcasting is from the right: C x 1 x 1 goes along channels, C alone along the last axis.
        let isAlongChannels = shape.count >= rank - 1 && shape[shape.count - (rank - 1)] == channels
        guard tensor.elementCount == 1 || (isAlongChannels && tensor.elementCount == channels) else { return nil }
        let slopes = tensor.array(of: Float.self)
        return slopes.count == channels ? slopes : [Float](repeating: slopes[0], count: channels)
    }

    mutating func lowerTransposedConvolution(_ node: Node) throws(EngineError) {
        if try lowerQuantizedTransposedConvolution(node) { return }
        let name = try requiredInput(0, of: node)
        let inputShape = try shape(of: name, in: node)
        let outputShape = try shape(of: node.outputs[0], in: node)
        guard let constants = try floatConstants(node, outputChannels: outputShape[1]),
            constants.shape.count == inputShape.count, inputShape.count == 3 || inputShape.count == 4
        else { return try lowerReference(node) }
        let window = try WindowAttributes(
            node, kernel: Array(constants.shape.dropFirst(2)), input: inputShape, output: outputShape,
            isTransposed: true)
        let groups = window.groups
        let shape = window.shape
        let channelsPerGroup = inputShape[1] / groups
        let outputsPerGroup = constants.shape[1]
        guard constants.shape[0] == inputShape[1], outputsPerGroup * groups == outputShape[1] else {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType,
                detail: "weights \(Shape(constants.shape)) do not fit input \(Shape(inputShape))")
        }
        let input = try channelsLast(name, for: node).asImage
        let (finish, last, operators) = try fuseActivation(after: node, channels: outputShape[1])
        let output = makeFeatureMap(last.outputs[0], shape: outputShape)
        try define(last.outputs[0], .stored(output), in: last)
        var weights = [Float](repeating: 0, count: constants.weights.count)
        for channel in 0..<inputShape[1] {
            let (group, inner) = channel.quotientAndRemainder(dividingBy: channelsPerGroup)
            for out in 0..<outputsPerGroup {
                for tap in 0..<shape.taps {
                    let (i, j) = tap.quotientAndRemainder(dividingBy: shape.kernelWidth)
                    let row = (group * shape.kernelHeight + i) * channelsPerGroup + inner
                    weights[row * shape.kernelWidth * outputsPerGroup + j * outputsPerGroup + out] =
                        constants.weights[(channel * outputsPerGroup + out) * shape.taps + tap]
                }
            }
        }
        let floatKernels = floatKernels
        append(
            last, as: operators, kind: .float, reads: [input], writes: [output],
            scratchBytes: FloatTransposedConvolutionStep.scratchBytes(
                shape, inputWidth: inputShape[inputShape.count - 1], outputChannelsPerGroup: outputsPerGroup),
            multiplyAccumulates: inputShape.reduce(1, *) * outputsPerGroup * shape.taps,
            weightBytes: weights.count * 4
        ) { [weights] resolver in
            FloatTransposedConvolutionStep(
                shape, input: resolver.resolve(input).featureMap(of: Float.self),
                output: resolver.resolve(output.asImage).featureMap(of: Float.self), groups: groups,
                weights: FloatPanels(
                    weights, matrices: groups * shape.kernelHeight, rows: channelsPerGroup,
                    columns: shape.kernelWidth * outputsPerGroup),
                bias: constants.bias, finish: finish, kernels: floatKernels)
        }
    }
}
