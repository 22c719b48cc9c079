import CKernels
import ONNX
import Tensors

/// Pointwise convolutions over a map of which a part was enlarged twofold (a feature pyramid's way down): four neighbouring
/// pixels have the same sums over that part, so that these are computed once, on the small map. Sums of integers do not depend
/// on their order: the results are the same to the bit.
extension Lowering {
    /// A pointwise convolution in two.
    struct SplitConvolution {
        /// The convolution of the channels that were not enlarged.
        var parts: [QuantizedConvolutionStep.Part]
        var multiplyAccumulates: Int
        /// Sums over the others, for each pixel of the small map.
        var startingSums: BufferView
    }

    /// Computes the sums over the enlarged part of a convolution's input on the small map, and leaves out the enlargement;
    /// nil where no part was enlarged, or somebody else reads it.
    ///
    /// - Parameter builder: of the whole convolution.
    mutating func splitEnlargement(
        of input: BufferView, for node: Node, _ builder: QuantizedPartBuilder, outputShape: [Int]
    ) -> SplitConvolution? {
        let (window, weights) = (builder.window, builder.weights)
        guard !builder.isDepthwise, builder.groups == 1, window.taps == 1, window.strideHeight == 1,
            window.strideWidth == 1, window.top == 0, window.left == 0, outputShape.count == 4, input.offset == .zero,
            let (index, enlargement, first) = enlargement(in: input, for: node)
        else { return nil }
        let count = enlargement.target.shape[1]
        let all = weights.shape[1]
        // Sums of up to 24 bits go through single precision unchanged.
        guard first == 0 || first + count == all, count < all, count * 128 * 255 < 1 << 24,
            Array(outputShape.dropFirst(2)) == Array(enlargement.target.shape.dropFirst(2))
        else { return nil }
        program.steps.remove(at: index)
        let others = first == 0 ? count..<all : 0..<first
        let enlarged = weights.slice(first..<(first + count))
        let sums = appendSums(over: enlargement.source, enlarged.withoutScales, for: node)
        var rest = builder
        rest.weights = weights.slice(others)
        rest.weightSumsElsewhere = enlarged.sums
        var parts = rest.convolutionParts()
        for index in parts.indices { parts[index].inputChannel = others.lowerBound }
        return SplitConvolution(
            parts: parts, multiplyAccumulates: outputShape.reduce(1, *) * others.count,
            startingSums: sums)
    }

    /// The step that enlarges a part of a map which only the node reads, and the part's first channel.
    private func enlargement(
        in input: BufferView, for node: Node
    ) -> (index: Int, enlargement: PlannedStep.Enlargement, first: Int)? {
        for (index, step) in program.steps.enumerated() {
            guard let enlargement = step.enlargement, case let target = program.buffers[enlargement.target.buffer],
                let parent = target.parent, parent.buffer == input.buffer, parent.pixelOffset == 0,
                let joined = soleReader(of: enlargement.output), joined.operatorType == "Concat",
                soleReader(of: joined.outputs[0])?.outputs == node.outputs
            else { continue }
            return (index, enlargement, parent.elementOffset)
        }
        return nil
    }

    /// The only node that reads a value, behind quantisation.
    private func soleReader(of name: String) -> Node? {
        guard let (_, reader) = onlyReader(of: name) else { return nil }
        let isQuantization = reader.operatorType == "QuantizeLinear" || reader.operatorType == "DequantizeLinear"
        return isQuantization ? soleReader(of: reader.outputs[0]) : reader
    }

    /// A step that computes sums of a small map's bytes times weights, as they are stored.
    private mutating func appendSums(
        over source: BufferView, _ weights: QuantizedWeights, for node: Node
    ) -> BufferView {
        let shape = [source.shape[0], weights.shape[0], source.shape[2], source.shape[3]]
        let sums = makeFeatureMap("\(node.outputs[0]).enlarged", shape: shape)
        let parts = QuantizedPartBuilder(
            weights: weights, input: Quantization(scales: [1], zeroPoints: [0], isSigned: false),
            target: QuantizedTarget(output: "", last: node, operators: ""),
            window: WindowShape(kernelHeight: 1, kernelWidth: 1), groups: 1, isDepthwise: false, kernels: kernels,
            constants: constants
        ).convolutionParts()
        let (kernels, floatKernels) = (kernels, floatKernels)
        append(
            node, as: "Conv", kind: .int8, reads: [source], writes: [sums],
            multiplyAccumulates: shape.reduce(1, *) * weights.shape[1],
            weightBytes: parts.reduce(0) { $0 + $1.packedWeights.count },
            rowWork: PlannedStep.RowWork(images: shape[0], rows: shape[2])
        ) { resolver in
            QuantizedConvolutionStep(
                parts, geometry: QuantizedConvolutionStep.Geometry(rows: shape[2], columns: shape[3]),
                input: resolver.resolve(source).featureMap(of: UInt8.self),
                output: resolver.resolve(sums).byteMap, elementBytes: 4, border: nil, finish: nil, requantization: nil,
                kernels: kernels, floatKernels: floatKernels)
        }
        return sums
    }
}

extension Lowering.QuantizedWeights {
    /// The weights of some input channels of a pointwise convolution.
    fileprivate func slice(_ channels: Range<Int>) -> Self {
        var result = self
        let count = shape[1]
        result.shape[1] = channels.count
        result.bytes = (0..<shape[0]).flatMap { output in
            bytes[(output * count + channels.lowerBound)..<(output * count + channels.upperBound)]
        }
        return result
    }

    /// For each output channel the sum of its weights.
    fileprivate var sums: [Int] {
        let length = bytes.count / shape[0]
        return (0..<shape[0]).map { bytes[($0 * length)..<(($0 + 1) * length)].reduce(0) { $0 + Int($1) } }
    }

    /// Weights as they are stored.
    fileprivate var withoutScales: Self {
        var result = self
        result.scales = [Float](repeating: 1, count: scales.count)
        result.bias = [Float](repeating: 0, count: bias.count)
        return result
    }
}
