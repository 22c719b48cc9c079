import CKernels
import ONNX
import Operators
import Tensors

/// Convolutions whose inputs and weights are quantised: int8 kernels, with everything up to the next QuantizeLinear.
extension Lowering {
    /// A convolution's constants for int8 kernels.
    struct QuantizedWeights {
        /// As in the file.
        var shape: [Int]
        var bytes: [Int8]
        /// One for each output channel.
        var scales: [Float]
        var bias: [Float]
    }

    // MARK: - Recognition

    private func quantizedWeights(
        _ node: Node, channelAxis: Int, outputChannels: Int
    ) throws(EngineError) -> QuantizedWeights? {
        guard case .quantizedConstant(let constant)? = values[try requiredInput(1, of: node)]?.content else {
            return nil
        }
        let shape = constant.integers.shape.dimensions
        guard channelAxis < shape.count,
            let weights = constant.signedBytes(along: channelAxis, count: shape[channelAxis])
        else { return nil }
        var bias = [Float](repeating: 0, count: outputChannels)
        if let name = input(2, of: node) {
            guard let tensor = self.constant(name), tensor.elementType == .float32,
                tensor.elementCount == outputChannels
            else { return nil }
            bias = tensor.array(of: Float.self)
        }
        return QuantizedWeights(shape: shape, bytes: weights.bytes, scales: weights.scales, bias: bias)
    }

    /// Follows the graph behind a convolution: an activation that is its only reader, a DepthToSpace behind that, and a
    /// QuantizeLinear behind both.
    ///
    /// - Parameter allowsBlocks: whether a DepthToSpace is computed on the way.
    private mutating func quantizedTarget(
        after node: Node, channels: Int, allowsBlocks: Bool
    ) throws(EngineError) -> QuantizedTarget {
        var target = QuantizedTarget(output: node.outputs[0], last: node, operators: node.operatorType)
        if let (index, reader) = onlyReader(of: target.output), reader.inputs.first == target.output {
            var activation = QuantizedTarget.Activation.none
            if let function = try ActivationFunction(reader) {
                activation = QuantizedTarget.activation(function, channels: channels)
            } else if let bounds = try clipBounds(reader) {
                activation = .clip(bounds)
            } else if let slopes = try channelSlopes(reader, channels: channels) {
                activation = .slopes(slopes)
            }
            if case .none = activation {
            } else {
                fusedNodes.insert(index)
                target.activation = activation
                target.output = reader.outputs[0]
                target.last = reader
                target.activationNode = reader
                target.operators += "+" + reader.operatorType
            }
        }
        if allowsBlocks, let (index, reader) = onlyReader(of: target.output), let block = try depthBlock(reader) {
            fusedNodes.insert(index)
            target.blockSize = block
            target.output = reader.outputs[0]
            target.last = reader
            target.operators += "+DepthToSpace"
        }
        guard let (index, reader) = onlyReader(of: target.output), reader.operatorType == "QuantizeLinear",
            let quantization = try quantization(of: reader), quantization.isPerTensor || quantization.axis == 1
        else { return target }
        var quantized = target
        quantized.quantization = quantization
        if case .smooth(let function) = target.activation {
            if quantization.isPerTensor {
                quantized.curve = Self.curve(function, quantization)
            } else {
                quantized.arcs = Self.arcs(function, quantization)
            }
        }
        quantized.isExpressible = Self.isExpressible(quantized, quantization)
        if target.blockSize > 1 && !quantized.isExpressible { return target }
        fusedNodes.insert(index)
        quantized.output = reader.outputs[0]
        return quantized
    }

    /// The block of a DepthToSpace whose pixels come one after the other among the channels.
    private func depthBlock(_ node: Node) throws(EngineError) -> Int? {
        guard node.operatorType == "DepthToSpace" else { return nil }
        let attributes = NodeAttributes(node)
        let block = try attributes.int("blocksize", default: 0)
        guard block > 1, try attributes.string("mode", default: "DCR") == "DCR" else { return nil }
        return block
    }

    /// Whether an integer epilogue can compute the activation and quantise so.
    private static func isExpressible(_ target: QuantizedTarget, _ quantization: Quantization) -> Bool {
        let isUniform = Set(quantization.zeroPoints).count == 1
        switch target.activation {
        case .none: return true
        case .clip(let bounds):
            return quantization.isPerTensor
                || (isUniform && bounds.lowerBound == 0 && quantization.reaches(notBeyond: bounds.upperBound))
        case .slopes: return isUniform
        case .smooth: return target.curve != nil || target.arcs != nil
        case .other: return false
        }
    }

    /// The activation and quantisation as a table. Its domain covers every argument whose output is not saturated.
    private static func curve(_ function: SmoothActivation, _ quantization: Quantization) -> QuantizedCurve? {
        let largest = 2 * 255 * Double(quantization.scale)
        let range = max(20, largest)
        return QuantizedCurve(
            outputScale: quantization.scale, zeroPoint: quantization.zeroPoint, inputRange: -range...range
        ) { function($0) }
    }

    /// The activation in parabolas, where they are off by no more than rounding is, even in the channel of the finest steps.
    private static func arcs(_ function: SmoothActivation, _ quantization: Quantization) -> ActivationArcs? {
        let largestErrorInSteps = 0.5
        let arcs = function == .silu ? ActivationArcs.silu : ActivationArcs(function)
        return arcs.error(inStepsOf: Double(quantization.scales.min() ?? 0)) <= largestErrorInSteps ? arcs : nil
    }

    // MARK: - Convolution

    /// What is known of a convolution before anything is lowered.
    private struct Recognized {
        var weights: QuantizedWeights
        var window: WindowAttributes
        var source: BufferView
        var quantization: Quantization
        var inputShape: [Int]
        var outputShape: [Int]
        var isDepthwise: Bool

        var isImage: Bool { inputShape.count == 4 }
        var rows: Int { isImage ? outputShape[2] : 1 }
        var columns: Int { outputShape[outputShape.count - 1] }

        /// Zero-point pixels that the windows reach around the input.
        var border: Buffer.Border {
            let shape = window.shape
            return Buffer.Border(
                top: shape.top, left: shape.left,
                bottom: Lowering.overhang(
                    rows, shape.strideHeight, shape.kernelHeight, shape.dilationHeight, shape.top,
                    isImage ? inputShape[2] : 1),
                right: Lowering.overhang(
                    columns, shape.strideWidth, shape.kernelWidth, shape.dilationWidth, shape.left,
                    inputShape[inputShape.count - 1]))
        }
    }

    private mutating func recognizedConvolution(_ node: Node) throws(EngineError) -> Recognized? {
        let name = try requiredInput(0, of: node)
        let inputShape = try shape(of: name, in: node)
        let outputShape = try shape(of: node.outputs[0], in: node)
        guard hasQuantizedOperand(name), inputShape.count == 3 || inputShape.count == 4,
            let weights = try quantizedWeights(node, channelAxis: 0, outputChannels: outputShape[1]),
            weights.shape.count == inputShape.count
        else { return nil }
        let window = try WindowAttributes(
            node, kernel: Array(weights.shape.dropFirst(2)), input: inputShape, output: outputShape)
        guard weights.shape[0] == outputShape[1], weights.shape[1] * window.groups == inputShape[1] else {
            throw .invalidNode(
                node: node.name, operatorType: node.operatorType,
                detail: "weights \(Shape(weights.shape)) do not fit input \(Shape(inputShape))")
        }
        let isDepthwise = window.groups == inputShape[1] && outputShape[1] == inputShape[1]
        guard let source = try quantizedOperand(name, for: node),
            source.quantization.isPerTensor || (isDepthwise && source.quantization.axis == 1)
        else { return nil }
        return Recognized(
            weights: weights, window: window, source: source.view, quantization: source.quantization,
            inputShape: inputShape, outputShape: outputShape, isDepthwise: isDepthwise)
    }

    mutating func lowerQuantizedConvolution(_ node: Node) throws(EngineError) -> Bool {
        guard let found = try recognizedConvolution(node) else { return false }
        let (shape, outputShape) = (found.window.shape, found.outputShape)
        let input = featureMap(found.source, found.quantization, border: found.border, for: node).asImage
        let target = try quantizedTarget(
            after: node, channels: outputShape[1],
            allowsBlocks: found.window.groups == 1 && !found.isDepthwise && found.isImage)
        let geometry = QuantizedConvolutionStep.Geometry(
            isDepthwise: found.isDepthwise, top: shape.top, left: shape.left, strideHeight: shape.strideHeight,
            rows: found.rows, columns: found.columns)
        let builder = QuantizedPartBuilder(
            weights: found.weights, input: found.quantization, target: target, window: shape,
            groups: found.window.groups, isDepthwise: found.isDepthwise, kernels: kernels, constants: constants)
        let multiplyAccumulates = outputShape.reduce(1, *) * found.weights.shape[1] * shape.taps
        let isRowByRow = shape.kernelHeight == 1 && shape.strideHeight == 1 && shape.top == 0
        let rowWork = PlannedStep.RowWork(
            images: found.inputShape[0], rows: found.rows, readsBeyondRows: isRowByRow ? [] : [input.buffer])
        if !found.isDepthwise, let block = block(for: target, input: input, outputShape: outputShape, found.window) {
            try appendBlockConvolution(
                target, block, input: input, outputShape: outputShape, geometry: geometry, builder,
                multiplyAccumulates: multiplyAccumulates)
        } else if let split = splitEnlargement(of: input, for: node, builder, outputShape: outputShape) {
            try appendQuantizedConvolution(
                node, target, input: input, outputShape: outputShape, geometry: geometry, parts: split.parts,
                multiplyAccumulates: split.multiplyAccumulates, startingSums: split.startingSums, rowWork: rowWork)
        } else {
            try appendQuantizedConvolution(
                node, target, input: input, outputShape: outputShape, geometry: geometry,
                parts: builder.convolutionParts(), multiplyAccumulates: multiplyAccumulates, rowWork: rowWork)
        }
        return true
    }

    /// Pixels behind the map that the last window reaches.
    private static func overhang(
        _ outputs: Int, _ stride: Int, _ kernel: Int, _ dilation: Int, _ before: Int, _ extent: Int
    ) -> Int {
        max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - before - extent, 0)
    }

    private mutating func appendQuantizedConvolution(
        _ node: Node, _ target: QuantizedTarget, input: BufferView, outputShape: [Int],
        geometry: QuantizedConvolutionStep.Geometry, parts: [QuantizedConvolutionStep.Part], multiplyAccumulates: Int,
        startingSums: BufferView? = nil, rowWork: PlannedStep.RowWork? = nil
    ) throws(EngineError) {
        var target = target
        fuseAddition(&target, shape: outputShape)
        let quantization = target.quantization
        let output: BufferView
        var finish: FloatFinish?
        if let quantization {
            output = makeQuantizedFeatureMap(target.output, shape: outputShape)
            try define(target.output, .quantized(output, quantization), in: target.last)
            if !target.isExpressible { finish = floatFinish(target, channels: outputShape[1]) }
        } else {
            output = makeFeatureMap(target.output, shape: outputShape)
            try define(target.output, .stored(output), in: target.last)
            finish = floatFinish(target, channels: outputShape[1])
        }
        var rowWork = rowWork
        if let startingSums { rowWork?.readsBeyondRows.append(startingSums.buffer) }
        let kernels = kernels
        let floatKernels = floatKernels
        append(
            target.last, as: target.operators + (quantization == nil ? "" : "+Quantize"), kind: .int8,
            reads: [input] + [target.addend, startingSums].compactMap { $0 }, writes: [output],
            scratchBytes: quantization == nil || target.isExpressible
                ? 0
                : QuantizedConvolutionStep.scratchBytes(
                    width: outputShape.last ?? 1, channels: outputShape[1], stride: geometry.outputStep.row),
            multiplyAccumulates: multiplyAccumulates,
            weightBytes: parts.reduce(0) { $0 + $1.packedWeights.count }, rowWork: rowWork
        ) { [finish, target] resolver in
            let border = quantization.map { BorderFill(output, quantization: $0, resolver) }
            let resolved = resolver.resolve(output.asImage)
            let map = resolved.byteMap
            return QuantizedConvolutionStep(
                parts, geometry: geometry, input: resolver.resolve(input).featureMap(of: UInt8.self), output: map,
                elementBytes: resolved.elementType.byteCount, border: border, finish: finish,
                addend: target.addend.map { resolver.resolve($0.asImage).featureMap(of: Float.self) },
                startingSums: startingSums.map { resolver.resolve($0).featureMap(of: Float.self) },
                requantization: target.isExpressible
                    ? nil : quantization.map { PixelQuantization($0, channels: map.channels) },
                kernels: kernels, floatKernels: floatKernels)
        }
    }

    /// An Add of another feature map in memory that alone reads a convolution's real outputs: it is computed on the way.
    private mutating func fuseAddition(_ target: inout QuantizedTarget, shape: [Int]) {
        guard target.quantization == nil, case .none = target.activation, target.blockSize == 1,
            let (index, reader) = onlyReader(of: target.output), reader.operatorType == "Add", reader.inputs.count == 2,
            let other = reader.inputs.first(where: { $0 != target.output }),
            case .stored(let view)? = values[other]?.content, values[other]?.type == .float32, view.shape == shape,
            view.isChannelsLast, !program.buffers[view.buffer].isConstant
        else { return }
        fusedNodes.insert(index)
        target.addend = view
        target.output = reader.outputs[0]
        target.last = reader
        target.operators += "+Add"
    }

    /// The activation of a convolution whose outputs stay float.
    ///
    /// - Parameter channelOf: the convolution's channel that each of the step's outputs is, where they are others.
    func floatFinish(_ target: QuantizedTarget, channels: Int, channelOf: [Int]? = nil) -> FloatFinish? {
        let activation: FloatFinish.Activation
        switch target.activation {
        case .none: return nil
        case .clip(let bounds): activation = .function(SIGHTLINE_FLOAT_CLIP, bounds.lowerBound, bounds.upperBound)
        case .slopes(let slopes): activation = .slopes(channelOf.map { $0.map { slopes[$0] } } ?? slopes)
        case .smooth, .other:
            guard let node = target.activationNode, let function = try? ActivationFunction(node) else { return nil }
            activation = .function(function.function, function.p, function.q)
        }
        return FloatFinish(activation: activation, channels: channels, kernels: floatKernels)
    }

    // MARK: - Transposed convolution

    /// A transposed convolution whose kernel is as large as its stride: one pointwise convolution for each kernel pixel.
    mutating func lowerQuantizedTransposedConvolution(_ node: Node) throws(EngineError) -> Bool {
        let name = try requiredInput(0, of: node)
        let inputShape = try shape(of: name, in: node)
        let outputShape = try shape(of: node.outputs[0], in: node)
        guard hasQuantizedOperand(name), inputShape.count == 4,
            let weights = try quantizedWeights(node, channelAxis: 1, outputChannels: outputShape[1]),
            weights.shape.count == 4
        else { return false }
        let window = try WindowAttributes(
            node, kernel: Array(weights.shape.dropFirst(2)), input: inputShape, output: outputShape, isTransposed: true)
        let shape = window.shape
        guard window.groups == 1, weights.shape[0] == inputShape[1], weights.shape[1] == outputShape[1],
            shape.kernelHeight == shape.strideHeight, shape.kernelWidth == shape.strideWidth,
            shape.top == 0, shape.left == 0, shape.dilationHeight == 1, shape.dilationWidth == 1,
            outputShape[2] == inputShape[2] * shape.strideHeight, outputShape[3] == inputShape[3] * shape.strideWidth,
            let source = try quantizedOperand(name, for: node), source.quantization.isPerTensor
        else { return false }
        let input = featureMap(source.view, source.quantization, border: .none, for: node)
        let target = try quantizedTarget(after: node, channels: outputShape[1], allowsBlocks: false)
        let geometry = QuantizedConvolutionStep.Geometry(
            outputStep: (shape.strideHeight, shape.strideWidth), rows: inputShape[2], columns: inputShape[3])
        let builder = QuantizedPartBuilder(
            weights: weights, input: source.quantization, target: target, window: shape, groups: 1, isDepthwise: false,
            kernels: kernels, constants: constants)
        try appendQuantizedConvolution(
            node, target, input: input, outputShape: outputShape, geometry: geometry, parts: builder.transposedParts(),
            multiplyAccumulates: inputShape.reduce(1, *) * outputShape[1] * shape.taps)
        return true
    }
}
