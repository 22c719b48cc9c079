import COpenBLAS

/// A float transposed convolution: each output row gathers the products of the input rows that reach it.
final class FloatTransposedConvolutionStep: Step {
    private let shape: WindowShape
    private let input: FeatureMap<Float>
    private let output: FeatureMap<Float>
    private let groups: Int
    /// [group][kernel row][input channel] x [kernel column][output channel].
    private let weights: ConstantMemory<Float>
    private let bias: ConstantMemory<Float>
    private let finish: FloatFinish

    static func scratchBytes(_ shape: WindowShape, inputWidth: Int, outputChannelsPerGroup: Int) -> Int {
        inputWidth * shape.kernelWidth * outputChannelsPerGroup * 4
    }

    init(
        _ shape: WindowShape, input: FeatureMap<Float>, output: FeatureMap<Float>, groups: Int, weights: [Float],
        bias: [Float], finish: FloatFinish
    ) {
        self.shape = shape
        self.input = input
        self.output = output
        self.groups = groups
        self.weights = ConstantMemory(weights)
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
        let products = worker.scratch.assumingMemoryBound(to: Float.self)
        let channels = input.channels / groups
        let outputChannels = output.channels / groups
        let width = shape.kernelWidth * outputChannels
        let matrix = weights.base + (group * shape.kernelHeight + tap) * channels * width
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(input.width), blasint(width), blasint(channels), 1,
            input.pixel(image, row, 0) + group * channels, blasint(input.pixelStride), matrix, blasint(width), 0,
            products, blasint(width))
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
