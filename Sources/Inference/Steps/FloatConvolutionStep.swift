import COpenBLAS

/// A float convolution with channels adjacent: windows gathered into rows (unless they are pixels as they lie), times the
/// weights' matrix.
final class FloatConvolutionStep: Step {
    private let shape: WindowShape
    private let input: FeatureMap<Float>
    private let output: FeatureMap<Float>
    private let groups: Int
    /// For each group a matrix [kernel row][kernel column][input channel] x [output channel].
    private let weights: ConstantMemory<Float>
    private let bias: ConstantMemory<Float>
    private let finish: FloatFinish

    private let depth: Int
    private let pixelsPerTask: Int
    private let readsInPlace: Bool

    /// Pixels that a task computes: a fixed number, so that results do not depend on the number of threads.
    static func pixelsPerTask(depth: Int) -> Int { max(16, min(256, 65536 / max(depth, 1))) }

    static func scratchBytes(_ shape: WindowShape, channelsPerGroup: Int, outputChannels: Int) -> Int {
        let depth = shape.taps * channelsPerGroup
        return pixelsPerTask(depth: depth) * (depth + outputChannels) * 4
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
        depth = shape.taps * input.channels / groups
        pixelsPerTask = Self.pixelsPerTask(depth: depth)
        readsInPlace =
            shape.isPointwise && input.rowStride == input.width * input.pixelStride
            && (input.batch == 1 || input.imageStride == input.height * input.rowStride)
        let pixels = output.batch * output.height * output.width
        super.init(taskCount: (pixels + pixelsPerTask - 1) / pixelsPerTask)
    }

    override func run(task: Int, worker: Worker) {
        let first = task * pixelsPerTask
        let count = min(pixelsPerTask, output.batch * output.height * output.width - first)
        let target = output.base + first * output.pixelStride
        for pixel in 0..<count {
            (target + pixel * output.pixelStride).update(from: bias.base, count: output.channels)
        }
        let channels = input.channels / groups
        let outputChannels = output.channels / groups
        let scratch = worker.scratch.assumingMemoryBound(to: Float.self)
        for group in 0..<groups {
            var windows = input.base + first * input.pixelStride + group * channels
            var pitch = input.pixelStride
            if !readsInPlace {
                gather(first..<(first + count), channel: group * channels, channels, into: scratch)
                windows = scratch
                pitch = depth
            }
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(count), blasint(outputChannels), blasint(depth), 1,
                windows, blasint(pitch), weights.base + group * depth * outputChannels, blasint(outputChannels), 1,
                target + group * outputChannels, blasint(output.pixelStride))
        }
        finish.apply(target, pixels: count, pixelStride: output.pixelStride)
    }

    /// Copies each pixel's window into one row.
    private func gather(
        _ pixels: Range<Int>, channel: Int, _ channels: Int, into rows: UnsafeMutablePointer<Float>
    ) {
        var to = rows
        for pixel in pixels {
            let (line, x) = pixel.quotientAndRemainder(dividingBy: output.width)
            let (image, y) = line.quotientAndRemainder(dividingBy: output.height)
            for i in 0..<shape.kernelHeight {
                let row = y * shape.strideHeight + i * shape.dilationHeight - shape.top
                for j in 0..<shape.kernelWidth {
                    let column = x * shape.strideWidth + j * shape.dilationWidth - shape.left
                    if row >= 0 && row < input.height && column >= 0 && column < input.width {
                        to.update(from: input.pixel(image, row, column) + channel, count: channels)
                    } else {
                        to.update(repeating: 0, count: channels)
                    }
                    to += channels
                }
            }
        }
    }
}
