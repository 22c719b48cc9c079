import CKernels

/// Adds two quantised feature maps: each row is a task.
final class QuantizedSumStep: Step {
    private let parameters: sightline_add_parameters
    private let a: FeatureMap<UInt8>
    private let b: FeatureMap<UInt8>
    private let output: FeatureMap<UInt8>
    private let border: BorderFill?
    private let kernels: sightline_kernels
    private let isDense: Bool
    /// The same sum for pixels that do not follow each other: one factor for each channel.
    private let epilogue: QuantizedEpilogue
    private let scaleB: ConstantMemory<Float>

    init(
        _ parameters: sightline_add_parameters, a: FeatureMap<UInt8>, b: FeatureMap<UInt8>, output: FeatureMap<UInt8>,
        border: BorderFill?, kernels: sightline_kernels
    ) {
        self.parameters = parameters
        self.a = a
        self.b = b
        self.output = output
        self.border = border
        self.kernels = kernels
        isDense = [a, b, output].allSatisfy { $0.pixelStride == $0.channels }
        let each = { (value: Float) in [Float](repeating: value, count: output.channels) }
        epilogue = QuantizedEpilogue(
            kind: SIGHTLINE_OUTPUT_REQUANTIZED, scale: each(parameters.scale_a), bias: each(parameters.bias))
        scaleB = QuantizedEpilogue.padded(each(parameters.scale_b))
        super.init(taskCount: output.batch * output.height)
    }

    override func run(task: Int, worker: Worker) {
        let (image, row) = task.quotientAndRemainder(dividingBy: output.height)
        border?.fill(image: image, rows: row..<(row + 1))
        if isDense {
            let count = output.width * output.channels
            return withUnsafePointer(to: parameters) { parameters in
                kernels.add(
                    parameters, a.pixel(image, row, 0), b.pixel(image, row, 0), output.pixel(image, row, 0), count)
            }
        }
        var region = sightline_blend_region(
            a: a.pixel(image, row, 0), a_row_stride: a.rowStride, a_pixel_stride: a.pixelStride,
            b: b.pixel(image, row, 0), b_row_stride: b.rowStride, b_pixel_stride: b.pixelStride,
            output: output.pixel(image, row, 0), output_row_stride: output.rowStride,
            output_pixel_stride: output.pixelStride, rows: 1, columns: UInt32(output.width),
            channels: UInt32(output.channels))
        epilogue.withUnsafeEpilogue { kernels.blend($0, scaleB.base, &region) }
    }
}
