import CKernels

/// What follows a block of layers: the sum of up to two maps, normalised, bent by PReLU, stored as reals, as bytes or as both.
final class PixelFinishStep: Step {
    /// One of each for each channel.
    struct Constants {
        var scale: [Float]
        var shift: [Float]
        var slopes: [Float]
    }

    private let input: FeatureMap<Float>
    private let addend: FeatureMap<Float>?
    private let scale: ConstantMemory<Float>
    private let shift: ConstantMemory<Float>
    private let slopes: ConstantMemory<Float>
    private let reals: FeatureMap<Float>?
    private let bytes: FeatureMap<UInt8>?
    private let factors: ConstantMemory<Float>?
    private let zeroPoints: ConstantMemory<Float>?
    private let border: BorderFill?
    private let blocks: RowBlocks
    private let kernels: sightline_float_kernels

    init(
        _ constants: Constants, input: FeatureMap<Float>, addend: FeatureMap<Float>?, reals: FeatureMap<Float>?,
        bytes: (map: FeatureMap<UInt8>, quantization: Quantization, border: BorderFill)?,
        kernels: sightline_float_kernels
    ) {
        self.input = input
        self.addend = addend
        scale = QuantizedEpilogue.padded(constants.scale)
        shift = QuantizedEpilogue.padded(constants.shift)
        slopes = QuantizedEpilogue.padded(constants.slopes)
        self.reals = reals
        self.bytes = bytes?.map
        border = bytes?.border
        factors = bytes.map { bytes in
            let scales = bytes.quantization.scales
            return QuantizedEpilogue.padded((0..<input.channels).map { 1 / scales[$0 % scales.count] })
        }
        zeroPoints = bytes.map { bytes in
            let points = bytes.quantization.zeroPoints
            return QuantizedEpilogue.padded((0..<input.channels).map { Float(points[$0 % points.count]) })
        }
        blocks = RowBlocks(rows: input.height)
        self.kernels = kernels
        super.init(taskCount: input.batch * blocks.count)
    }

    override func run(task: Int, worker: Worker) {
        let (image, block) = task.quotientAndRemainder(dividingBy: blocks.count)
        let rows = blocks.rows(of: block)
        border?.fill(image: image, rows: rows)
        let input = input.located(worker, image: image, row: rows.lowerBound)
        let addend = addend?.located(worker, image: image, row: rows.lowerBound)
        for row in rows {
            var pixels = sightline_float_pixels(
                input: input.pixel(image, row, 0), input_stride: input.pixelStride,
                addend: addend.map { UnsafePointer($0.pixel(image, row, 0)) }, addend_stride: addend?.pixelStride ?? 0,
                scale: scale.base, shift: shift.base, slope: slopes.base, reals: reals?.pixel(image, row, 0),
                reals_stride: reals?.pixelStride ?? 0, factors: factors.map { UnsafePointer($0.base) },
                zero_points: zeroPoints.map { UnsafePointer($0.base) }, bytes: bytes?.pixel(image, row, 0),
                bytes_stride: bytes?.pixelStride ?? 0, pixels: input.width, channels: input.channels)
            kernels.finish_pixels(&pixels)
        }
    }
}
