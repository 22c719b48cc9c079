import CKernels
import Operators

/// Packs a convolution's weights and folds scales, zero points and bias into its epilogue.
struct QuantizedPartBuilder {
    var weights: Lowering.QuantizedWeights
    /// For each output channel the sum of weights that are applied elsewhere, over the same input; empty where there are none.
    var weightSumsElsewhere: [Int] = []
    let input: Quantization
    let target: QuantizedTarget
    let window: WindowShape
    let groups: Int
    let isDepthwise: Bool
    let kernels: sightline_kernels
    /// Asked for weights first, scales and biases behind them, part by part.
    let constants: PackedConstants

    // MARK: - Parts

    /// One part for each group; a single one for a depthwise convolution.
    func convolutionParts() -> [QuantizedConvolutionStep.Part] {
        let outputs = weights.shape[0]
        let channels = weights.shape[1]
        if isDepthwise {
            return [part(channels: outputs, outputs: outputs, window, first: 0) { weights.bytes }]
        }
        let perGroup = outputs / groups
        return (0..<groups).map { group in
            var part = part(channels: channels, outputs: perGroup, window, first: group * perGroup) {
                ordered(group: group, outputs: perGroup, channels: channels)
            }
            part.inputChannel = group * channels
            part.outputChannel = group * perGroup
            return part
        }
    }

    /// A group's weights as [output][tap][channel].
    private func ordered(group: Int, outputs: Int, channels: Int) -> [Int8] {
        let taps = window.taps
        let length = channels * taps
        let first = group * outputs * length
        if taps == 1 { return Array(weights.bytes[first..<(first + outputs * length)]) }
        return [Int8](unsafeUninitializedCapacity: outputs * length) { result, count in
            weights.bytes.withUnsafeBufferPointer { bytes in
                for output in 0..<outputs {
                    let from = first + output * length
                    for tap in 0..<taps {
                        let to = output * length + tap * channels
                        for channel in 0..<channels {
                            result[to &+ channel] = bytes[from &+ channel &* taps &+ tap]
                        }
                    }
                }
            }
            count = outputs * length
        }
    }

    /// One pointwise convolution for each pixel of a transposed convolution's kernel.
    func transposedParts() -> [QuantizedConvolutionStep.Part] {
        let channels = weights.shape[0]
        let outputs = weights.shape[1]
        let pointwise = WindowShape(kernelHeight: 1, kernelWidth: 1)
        return (0..<window.taps).map { tap in
            var part = part(channels: channels, outputs: outputs, pointwise, first: 0) {
                var ordered = [Int8](repeating: 0, count: outputs * channels)
                for channel in 0..<channels {
                    for output in 0..<outputs {
                        ordered[output * channels + channel] =
                            weights.bytes[(channel * outputs + output) * window.taps + tap]
                    }
                }
                return ordered
            }
            part.outputRow = tap / window.kernelWidth
            part.outputColumn = tap % window.kernelWidth
            return part
        }
    }

    /// The whole convolution, each of whose places computes a block of output pixels.
    func blockPart(_ block: ConvolutionBlock) -> QuantizedConvolutionStep.Part {
        var window = window
        var channels = weights.shape[1]
        if let pitch = block.inputPitch {
            channels = (block.columns + window.kernelWidth - 1) * pitch
            window.kernelWidth = 1
        }
        return part(
            channels: channels, outputs: block.outputs, window, channelOf: block.channels(of: weights.shape[0])
        ) {
            block.weights(of: self)
        }
    }

    private func part(
        channels: Int, outputs: Int, _ window: WindowShape, first: Int, ordered: () -> [Int8]
    ) -> QuantizedConvolutionStep.Part {
        part(
            channels: channels, outputs: outputs, window, channelOf: Array(first..<(first + outputs)), ordered: ordered)
    }

    /// - Parameters:
    ///   - channelOf: the convolution's own channel that each output is.
    ///   - ordered: weights [output][tap][channel], or [channel][tap] for a depthwise convolution; asked for only where they
    ///     are not packed yet.
    private func part(
        channels: Int, outputs: Int, _ window: WindowShape, channelOf: [Int], ordered: () -> [Int8]
    ) -> QuantizedConvolutionStep.Part {
        var shape = sightline_convolution_shape(
            input_channels: UInt32(channels), output_channels: UInt32(outputs),
            kernel_height: UInt32(window.kernelHeight), kernel_width: UInt32(window.kernelWidth),
            stride_height: UInt32(window.strideHeight), stride_width: UInt32(window.strideWidth),
            dilation_height: UInt32(window.dilationHeight), dilation_width: UInt32(window.dilationWidth))
        let bytes = isDepthwise ? kernels.depthwise_packed_bytes(&shape) : kernels.convolution_packed_bytes(&shape)
        var known: [Int8]?
        let packed = constants.next(UInt8.self, count: bytes) { memory in
            let weights = ordered()
            known = weights
            if isDepthwise {
                kernels.depthwise_pack(&shape, weights, memory)
            } else {
                kernels.convolution_pack(&shape, weights, memory)
            }
        }
        let epilogue = epilogue(channelOf) { known ?? ordered() }
        return QuantizedConvolutionStep.Part(shape: shape, packedWeights: packed, epilogue: epilogue)
    }

    // MARK: - Epilogue

    /// Factors and offsets that the kernels apply to sums: one of each for each output channel, padded, in one piece.
    private func factors(
        _ channelOf: [Int], ordered: () -> [Int8],
        _ finish: (_ channel: Int, _ scale: Double, _ offset: Double) -> (scale: Double, bias: Double)
    ) -> ConstantMemory<Float> {
        let outputs = channelOf.count
        let padded = QuantizedEpilogue.paddedCount(outputs)
        return constants.next(Float.self, count: 2 * padded) { memory in
            let ordered = ordered()
            let length = ordered.count / outputs
            for output in 0..<outputs {
                let channel = channelOf[output]
                let index = input.isPerTensor ? 0 : channel
                // real = scale * sum + offset, where the sum takes stored bytes as they are.
                let scale = Double(input.scales[index]) * Double(weights.scales[channel])
                let own = ordered[(output * length)..<((output + 1) * length)].reduce(0) { $0 &+ Int($1) }
                let sum = own + (weightSumsElsewhere.isEmpty ? 0 : weightSumsElsewhere[channel])
                let offset = Double(weights.bias[channel]) - Double(input.zeroPoints[index]) * Double(sum) * scale
                let result = finish(channel, scale, offset)
                memory[output] = Float(result.scale)
                memory[padded + output] = Float(result.bias)
            }
        }
    }

    private func epilogue(_ channelOf: [Int], ordered: () -> [Int8]) -> QuantizedEpilogue {
        guard let quantization = target.quantization, target.isExpressible else {
            return QuantizedEpilogue(
                kind: SIGHTLINE_OUTPUT_FLOAT,
                factors: factors(channelOf, ordered: ordered) { ($1, $2) })
        }
        if let curve = target.curve {
            let factor = Double(curve.argumentScale)
            return QuantizedEpilogue(
                kind: SIGHTLINE_OUTPUT_CURVE,
                factors: factors(channelOf, ordered: ordered) { _, scale, offset in
                    (scale * factor, offset * factor + Double(curve.argumentOffset))
                }, curve: curve)
        }
        // Channels of a block's pixels are repeated; what is per tensor has one entry.
        func step(_ channel: Int) -> Double { Double(quantization.scales[channel % quantization.scales.count]) }
        func zero(_ channel: Int) -> Double { Double(quantization.zeroPoints[channel % quantization.zeroPoints.count]) }
        if case .slopes(let slopes) = target.activation {
            return QuantizedEpilogue(
                kind: SIGHTLINE_OUTPUT_PRELU,
                factors: factors(channelOf, ordered: ordered) { channel, scale, offset in
                    (scale / step(channel), offset / step(channel))
                },
                slopes: channelOf.map { slopes[$0] }, zeroPoint: Float(zero(channelOf[0])))
        }
        if let arcs = target.arcs {
            return arcsEpilogue(
                arcs, channelOf, steps: channelOf.map(step), zeros: channelOf.map(zero), ordered: ordered)
        }
        var lower: UInt8 = 0
        var upper: UInt8 = 255
        if case .clip(let bounds) = target.activation {
            lower = bounds.lowerBound == -.infinity ? 0 : quantization.quantized(bounds.lowerBound)
            // Channels of their own scales do not reach the bound, see `isExpressible`.
            let isOpen = bounds.upperBound == .infinity || !quantization.isPerTensor
            upper = isOpen ? 255 : quantization.quantized(bounds.upperBound)
        }
        return QuantizedEpilogue(
            kind: SIGHTLINE_OUTPUT_REQUANTIZED,
            factors: factors(channelOf, ordered: ordered) { channel, scale, offset in
                (scale / step(channel), offset / step(channel) + zero(channel))
            }, lower: lower, upper: upper)
    }

    /// - Parameter steps: of each output, and its zero point.
    private func arcsEpilogue(
        _ arcs: ActivationArcs, _ channelOf: [Int], steps: [Double], zeros: [Double], ordered: () -> [Int8]
    ) -> QuantizedEpilogue {
        let factor = Double(arcs.argumentScale)
        return QuantizedEpilogue(
            kind: SIGHTLINE_OUTPUT_ARCS,
            factors: factors(channelOf, ordered: ordered) { _, scale, offset in
                (scale * factor, offset * factor + Double(arcs.argumentOffset))
            }, arcs: arcs, gains: steps.map { Float(1 / $0) }, offsets: zeros.map { Float($0) })
    }
}
