import CKernels
import Tensors

/// int8 convolutions that compute blocks of output pixels at once.
extension Lowering {
    /// The lanes that kernels have at least.
    private static let lanes = 8

    /// How a convolution is cut into blocks; nil where pixels one by one are as good.
    mutating func block(
        for target: QuantizedTarget, input: BufferView, outputShape: [Int], _ window: WindowAttributes
    ) -> ConvolutionBlock? {
        let isPlanar = target.quantization == nil && isOutput(target.output) && useCount(target.output) == 1
        if target.blockSize > 1 {
            let size = target.blockSize
            return ConvolutionBlock(
                rows: size, columns: size, pixelChannels: outputShape[1] / (size * size), isPlanar: isPlanar)
        }
        let shape = window.shape
        let quads = (input.shape[1] + 3) / 4
        guard window.groups == 1, outputShape.count == 4, target.isExpressible, shape.dilationWidth == 1,
            let columns = neighbours(outputShape, shape, quads: quads), fixPitch(of: input)
        else { return nil }
        return ConvolutionBlock(
            columns: columns, pixelChannels: outputShape[1], isPlanar: isPlanar, inputPitch: 4 * quads)
    }

    /// How many neighbouring pixels of few channels are best computed together; nil for pixels on their own.
    ///
    /// Kernels of few outputs take quads of input channels by twos. Together a window's row is one run of quads; apart each
    /// pixel of the window is one, where quads are odd, and the whole row otherwise.
    private func neighbours(_ outputShape: [Int], _ shape: WindowShape, quads: Int) -> Int? {
        let isOdd = !quads.isMultiple(of: 2)
        let apart = isOdd ? shape.kernelWidth * (quads + 1) / 2 : shape.kernelWidth * quads / 2
        for columns in [8, 4, 2, 1] where outputShape[1] * columns <= Self.lanes {
            guard columns == 1 || (shape.strideWidth == 1 && outputShape[3].isMultiple(of: columns)) else { continue }
            let together = ((columns + shape.kernelWidth - 1) * quads + 1) / 2
            if columns == 1 ? together < apart : together <= apart * columns { return columns }
        }
        return nil
    }

    /// Makes sure that the pixels of a feature map follow each other without other channels between them.
    private mutating func fixPitch(of view: BufferView) -> Bool {
        let buffer = program.buffers[view.buffer]
        guard case .bordered(_, let channels, _, _) = buffer.form, buffer.parent == nil, view.offset.element == 0,
            channels == view.shape[1], view.strides[3] == SymbolicStride(pixel: 1)
        else { return false }
        program.buffers[view.buffer].hasFixedPitch = true
        return true
    }

    mutating func appendBlockConvolution(
        _ target: QuantizedTarget, _ block: ConvolutionBlock, input: BufferView, outputShape: [Int],
        geometry: QuantizedConvolutionStep.Geometry, _ builder: QuantizedPartBuilder, multiplyAccumulates: Int
    ) throws(EngineError) {
        let part = builder.blockPart(block)
        let grid = BlockConvolutionStep.Grid(
            rows: geometry.rows, columns: block.inputPitch == nil ? geometry.columns : geometry.columns / block.columns,
            top: geometry.top, left: geometry.left, strideHeight: geometry.strideHeight,
            inputColumns: block.inputPitch == nil ? 1 : block.columns)
        let shape = [outputShape[0], block.pixelChannels, grid.rows * block.rows, grid.columns * block.columns]
        let output: BufferView
        if let quantization = target.quantization {
            output = makeQuantizedFeatureMap(target.output, shape: shape)
            try define(target.output, .quantized(output, quantization), in: target.last)
        } else {
            output =
                block.isPlanar ? makeRowMajor(target.output, shape: shape) : makeFeatureMap(target.output, shape: shape)
            try define(target.output, .stored(output), in: target.last)
        }
        let finish =
            target.quantization == nil
            ? floatFinish(target, channels: block.outputs, channelOf: block.channels(of: outputShape[1])) : nil
        let kernels = kernels
        let floatKernels = floatKernels
        let quantization = target.quantization
        append(
            target.last, as: target.operators + (quantization == nil ? "" : "+Quantize"), kind: .int8, reads: [input],
            writes: [output],
            scratchBytes: BlockConvolutionStep.scratchBytes(grid, block, isQuantized: quantization != nil),
            multiplyAccumulates: multiplyAccumulates, weightBytes: part.packedWeights.count
        ) { resolver in
            BlockConvolutionStep(
                part, block, grid, input: resolver.resolve(input).featureMap(of: UInt8.self),
                output: resolver.resolve(output),
                border: quantization.map { BorderFill(output, quantization: $0, resolver) }, finish: finish,
                kernels: kernels, floatKernels: floatKernels)
        }
    }
}
