import CKernels

/// A float transposed convolution: each output row gathers the products of the input rows that reach it.
final class FloatTransposedConvolutionStep: Step {
    private let shape: WindowShape
    private let input: FeatureMap<Float>
    private let output: FeatureMap<Float>
    private let groups: Int
    /// For each group and kernel row a matrix [input channel] x [kernel column][output channel].
    private let weights: FloatPanels
    private let bias: ConstantMemory<Float>
    private let finish: FloatFinish
    private let kernels: sightline_float_kernels

    static func scratchBytes(_ shape: WindowShape, inputWidth: Int, outputChannelsPerGroup: Int) -> Int {
        inputWidth * (shape.kernelWidth * outputChannelsPerGroup * 4 + 8) + 64
    }

    init(
        _ shape: WindowShape, input: FeatureMap<Float>, output: FeatureMap<Float>, groups: Int, weights: FloatPanels,
        bias: [Float], finish: FloatFinish, kernels: sightline_float_kernels
    ) {
        self.shape = shape
        self.input = input
        self.output = output
        self.groups = groups
        self.weights = weights
        self.kernels = kernels
        self.bias = ConstantMemory(bias)
        self.finish = finish
        super.init(taskCount: output.batch * output.height)
    }

    override func run(task: Int, worker: Worker) {
        let (image, y) = task.quotientAndRemainder(dividingBy: output.height)
        let target = output.pixel(image, y, 0)
        for x in 0..<output.width {
            (target + x * output.pixelStride).update(from: bias.base, count: output.channels)
        }
        for i in 0..<shape.kernelHeight {
            let distance = y + shape.top - i * shape.dilationHeight
            guard distance >= 0, distance % shape.strideHeight == 0 else { continue }
            let row = distance / shape.strideHeight
            guard row < input.height else { continue }
            for group in 0..<groups { addProducts(image, row, tap: i, group, target, worker) }
        }
        finish.apply(target, pixels: output.width, pixelStride: output.pixelStride)
    }

    private func addProducts(
        _ image: Int, _ row: Int, tap: Int, _ group: Int, _ target: UnsafeMutablePointer<Float>, _ worker: Worker
    ) {
        let channels = input.channels / groups
        let outputChannels = output.channels / groups
        let width = shape.kernelWidth * outputChannels
        let pointers = worker.scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        let products = (worker.scratch + (input.width * 8 + 63) / 64 * 64).assumingMemoryBound(to: Float.self)
        for column in 0..<input.width {
            pointers[column] = UnsafePointer(input.pixel(image, row, column) + group * channels)
        }
        var product = sightline_float_product(
            pointers: pointers, pointer_pitch: input.width, segments: 1, length: channels, depth_stride: 1,
            b: weights.matrix(group * shape.kernelHeight + tap), b_row_stride: FloatPanels.width,
            b_panel_stride: weights.panelStride, c: products, c_row_stride: width, accumulates: 0, initial: nil,
            rows: input.width,
            columns: width)
        kernels.product(&product)
        for column in 0..<input.width {
            for j in 0..<shape.kernelWidth {
                let x = column * shape.strideWidth + j * shape.dilationWidth - shape.left
                guard x >= 0, x < output.width else { continue }
                let from = products + column * width + j * outputChannels
                let to = target + x * output.pixelStride + group * outputChannels
                for channel in 0..<outputChannels { to[channel] += from[channel] }
            }
        }
    }
}
