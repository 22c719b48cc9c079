import CKernels

/// Depthwise convolution, maximum and average pooling of float feature maps: each output row is a task.
final class FloatWindowStep: Step {
    enum Operation {
        /// Weights [tap][channel]; bias [channel].
        case depthwise(weights: ConstantMemory<Float>, bias: ConstantMemory<Float>, FloatFinish)
        case maximum
        /// One over the number of pixels that each output's window counts: [output row][output column].
        case average(reciprocals: ConstantMemory<Float>)
    }

    /// Scratch bytes of a pool: one row of the input.
    static func poolScratchBytes(width: Int, channels: Int) -> Int { (width * channels + 16) * 4 }

    private let operation: Operation
    private let shape: WindowShape
    private let input: FeatureMap<Float>
    private let output: FeatureMap<Float>
    private let kernels: sightline_float_kernels

    init(
        _ operation: Operation, _ shape: WindowShape, input: FeatureMap<Float>, output: FeatureMap<Float>,
        kernels: sightline_float_kernels
    ) {
        self.operation = operation
        self.shape = shape
        self.input = input
        self.output = output
        self.kernels = kernels
        super.init(taskCount: output.batch * output.height)
    }

    override func run(task: Int, worker: Worker) {
        let (image, row) = task.quotientAndRemainder(dividingBy: output.height)
        let target = output.pixel(image, row, 0)
        var window = sightline_float_window(
            input: input.pixel(image, 0, 0), input_row_stride: input.rowStride, input_pixel_stride: input.pixelStride,
            input_height: Int32(input.height), input_width: Int32(input.width), output: target,
            output_pixel_stride: output.pixelStride, output_width: Int32(output.width),
            channels: Int32(output.channels), kernel_height: Int32(shape.kernelHeight),
            kernel_width: Int32(shape.kernelWidth), stride_width: Int32(shape.strideWidth),
            dilation_height: Int32(shape.dilationHeight), dilation_width: Int32(shape.dilationWidth),
            first_row: Int32(row * shape.strideHeight - shape.top), first_column: Int32(-shape.left))
        switch operation {
        case .depthwise(let weights, let bias, let finish):
            kernels.depthwise_row(&window, weights.base, bias.base)
            finish.apply(target, pixels: output.width, pixelStride: output.pixelStride)
        case .maximum: kernels.maximum_row(&window, worker.scratch.assumingMemoryBound(to: Float.self))
        case .average(let reciprocals):
            kernels.average_row(
                &window, reciprocals.base + row * output.width, worker.scratch.assumingMemoryBound(to: Float.self))
        }
    }
}
