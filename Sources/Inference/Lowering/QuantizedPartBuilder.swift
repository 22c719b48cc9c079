import CKernels
import Operators

/// Packs a convolution's weights and folds scales, zero points and bias into its epilogue.
struct QuantizedPartBuilder {
    let weights: Lowering.QuantizedWeights
    let input: Quantization
    let target: QuantizedTarget
    let window: WindowShape
    let groups: Int
    let isDepthwise: Bool
    let kernels: sightline_kernels

    // MARK: - Parts

    /// One part for each group; a single one for a depthwise convolution.
    func convolutionParts() -> [QuantizedConvolutionStep.Part] {
        let outputs = weights.shape[0]
        let length = weights.bytes.count / outputs
        let channels = weights.shape[1]
        if isDepthwise {
            return [part(channels: outputs, outputs: outputs, window, weights.bytes, first: 0)]
        }
        let perGroup = outputs / groups
        return (0..<groups).map { group in
            var ordered = [Int8](repeating: 0, count: perGroup * length)
            for output in 0..<perGroup {
                for channel in 0..<channels {
                    for tap in 0..<window.taps {
                        ordered[(output * window.taps + tap) * channels + channel] =
                            weights.bytes[((group * perGroup + output) * channels + channel) * window.taps + tap]
                    }
                }
            }
            var part = part(channels: channels, outputs: perGroup, window, ordered, first: group * perGroup)
            part.inputChannel = group * channels
            part.outputChannel = group * perGroup
            return part
        }
    }

    /// One pointwise convolution for each pixel of a transposed convolution's kernel.
    func transposedParts() -> [QuantizedConvolutionStep.Part] {
        let channels = weights.shape[0]
        let outputs = weights.shape[1]
        return (0..<window.taps).map { tap in
            var ordered = [Int8](repeating: 0, count: outputs * channels)
            for channel in 0..<channels {
                for output in 0..<outputs {
                    ordered[output * channels + channel] =
                        weights.bytes[(channel * outputs + output) * window.taps + tap]
                }
            }
            let pointwise = WindowShape(kernelHeight: 1, kernelWidth: 1)
            var part = part(channels: channels, outputs: outputs, pointwise, ordered, first: 0)
            part.outputRow = tap / window.kernelWidth
            part.outputColumn = tap % window.kernelWidth
            return part
        }
    }

    /// - Parameter ordered: weights [output][tap][channel], or [channel][tap] for a depthwise convolution.
    private func part(
        channels: Int, outputs: Int, _ window: WindowShape, _ ordered: [Int8], first: Int
    ) -> QuantizedConvolutionStep.Part {
        var shape = sightline_convolution_shape(
            input_channels: UInt32(channels), output_channels: UInt32(outputs),
            kernel_height: UInt32(window.kernelHeight), kernel_width: UInt32(window.kernelWidth),
            stride_height: UInt32(window.strideHeight), stride_width: UInt32(window.strideWidth),
            dilation_height: UInt32(window.dilationHeight), dilation_width: UInt32(window.dilationWidth))
        let bytes = isDepthwise ? kernels.depthwise_packed_bytes(&shape) : kernels.convolution_packed_bytes(&shape)
        let packed = ConstantMemory<UInt8>(count: bytes) { memory in
            ordered.withUnsafeBufferPointer { ordered in
                if isDepthwise {
                    kernels.depthwise_pack(&shape, ordered.baseAddress, memory)
                } else {
                    kernels.convolution_pack(&shape, ordered.baseAddress, memory)
                }
            }
        }
        return QuantizedConvolutionStep.Part(
            shape: shape, packedWeights: packed, epilogue: epilogue(ordered, outputs: outputs, first: first))
    }

    // MARK: - Epilogue

    /// real = scale * sum + offset for each output channel, where the sum takes stored bytes as they are.
    private func reals(_ ordered: [Int8], outputs: Int, first: Int) -> (scale: [Double], offset: [Double]) {
        let length = ordered.count / outputs
        var scales: [Double] = []
        var offsets: [Double] = []
        for output in 0..<outputs {
            let channel = first + output
            let index = input.isPerTensor ? 0 : channel
            let scale = Double(input.scales[index]) * Double(weights.scales[channel])
            let sum = ordered[(output * length)..<((output + 1) * length)].reduce(0) { $0 + Int($1) }
            scales.append(scale)
            offsets.append(Double(weights.bias[channel]) - Double(input.zeroPoints[index]) * Double(sum) * scale)
        }
        return (scales, offsets)
    }

    private func epilogue(_ ordered: [Int8], outputs: Int, first: Int) -> QuantizedEpilogue {
        let (scale, offset) = reals(ordered, outputs: outputs, first: first)
        guard let quantization = target.quantization, target.isExpressible else {
            return QuantizedEpilogue(
                kind: SIGHTLINE_OUTPUT_FLOAT, scale: scale.map { Float($0) }, bias: offset.map { Float($0) })
        }
        if let curve = target.curve {
            let factor = Double(curve.argumentScale)
            return QuantizedEpilogue(
                kind: SIGHTLINE_OUTPUT_CURVE, scale: scale.map { Float($0 * factor) },
                bias: offset.map { Float($0 * factor + Double(curve.argumentOffset)) }, curve: curve)
        }
        let steps = (0..<outputs).map { Double(quantization.scales[quantization.isPerTensor ? 0 : first + $0]) }
        let zeros = (0..<outputs).map { Double(quantization.zeroPoints[quantization.isPerTensor ? 0 : first + $0]) }
        let outputScale = zip(scale, steps).map { Float($0 / $1) }
        if case .slopes(let slopes) = target.activation {
            return QuantizedEpilogue(
                kind: SIGHTLINE_OUTPUT_PRELU, scale: outputScale, bias: zip(offset, steps).map { Float($0 / $1) },
                slopes: Array(slopes[first..<(first + outputs)]), zeroPoint: Float(zeros[0]))
        }
        let bias = (0..<outputs).map { Float(offset[$0] / steps[$0] + zeros[$0]) }
        var lower: UInt8 = 0
        var upper: UInt8 = 255
        if case .clip(let bounds) = target.activation {
            lower = bounds.lowerBound == -.infinity ? 0 : quantization.quantized(bounds.lowerBound)
            upper = bounds.upperBound == .infinity ? 255 : quantization.quantized(bounds.upperBound)
        }
        return QuantizedEpilogue(
            kind: SIGHTLINE_OUTPUT_REQUANTIZED, scale: outputScale, bias: bias, lower: lower, upper: upper)
    }
}
