import CKernels

/// A float convolution with channels adjacent in the output: each task multiplies some pixels' windows with the weights'
/// matrix. Windows are read where they lie, through a table of pointers; padding points at zeros.
final class FloatConvolutionStep: Step {
    /// Pixels that a task computes: a fixed number, a multiple of what kernels take at a time.
    static let pixelsPerTask = 96

    private let shape: WindowShape
    private let input: FeatureMap<Float>
    /// The distance between an input pixel's channels.
    private let channelStride: Int
    private let output: FeatureMap<Float>
    private let groups: Int
    private let weights: FloatPanels
    private let bias: ConstantMemory<Float>
    private let zeros: ConstantMemory<Float>
    private let finish: FloatFinish
    private let kernels: sightline_float_kernels

    static func scratchBytes(_ shape: WindowShape) -> Int { shape.taps * pixelsPerTask * 8 }

    /// - Parameters:
    ///   - channelStride: 1 where channels are adjacent.
    ///   - weights: for each group a matrix [kernel row][kernel column][input channel] x [output channel].
    init(
        _ shape: WindowShape, input: FeatureMap<Float>, channelStride: Int, output: FeatureMap<Float>, groups: Int,
        weights: FloatPanels, bias: [Float], finish: FloatFinish, kernels: sightline_float_kernels
    ) {
        self.shape = shape
        self.input = input
        self.channelStride = channelStride
        self.output = output
        self.groups = groups
        self.weights = weights
        self.bias = ConstantMemory(bias)
        self.finish = finish
        self.kernels = kernels
        zeros = ConstantMemory([Float](repeating: 0, count: input.channels * channelStride))
        let pixels = output.batch * output.height * output.width
        super.init(taskCount: (pixels + Self.pixelsPerTask - 1) / Self.pixelsPerTask)
    }

    override func run(task: Int, worker: Worker) {
        let first = task * Self.pixelsPerTask
        let count = min(Self.pixelsPerTask, output.batch * output.height * output.width - first)
        let target = output.base + first * output.pixelStride
        let pointers = worker.scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        let outputChannels = output.channels / groups
        for group in 0..<groups {
            point(pointers, at: first..<(first + count), channel: group * (input.channels / groups) * channelStride)
            var product = sightline_float_product(
                pointers: pointers, pointer_pitch: Self.pixelsPerTask, segments: shape.taps,
                length: input.channels / groups, depth_stride: channelStride, b: weights.matrix(group),
                b_row_stride: FloatPanels.width, b_panel_stride: weights.panelStride,
                c: target + group * outputChannels, c_row_stride: output.pixelStride, accumulates: 0,
                initial: bias.base + group * outputChannels, rows: count, columns: outputChannels)
            kernels.product(&product)
        }
        finish.apply(target, pixels: count, pixelStride: output.pixelStride)
    }

    /// Writes where each tap of each pixel's window lies: [tap][pixel].
    private func point(_ pointers: UnsafeMutablePointer<UnsafePointer<Float>?>, at pixels: Range<Int>, channel: Int) {
        var (line, x) = pixels.lowerBound.quotientAndRemainder(dividingBy: output.width)
        for index in 0..<pixels.count {
            let (image, y) = line.quotientAndRemainder(dividingBy: output.height)
            var tap = index
            for i in 0..<shape.kernelHeight {
                let row = y * shape.strideHeight + i * shape.dilationHeight - shape.top
                let isInside = row >= 0 && row < input.height
                for j in 0..<shape.kernelWidth {
                    let column = x * shape.strideWidth + j * shape.dilationWidth - shape.left
                    pointers[tap] = UnsafePointer(
                        isInside && column >= 0 && column < input.width
                            ? input.pixel(image, row, column) + channel : zeros.base)
                    tap += Self.pixelsPerTask
                }
            }
            x += 1
            if x == output.width {
                x = 0
                line += 1
            }
        }
    }
}
