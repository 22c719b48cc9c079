import CKernels

/// An int8 convolution that computes a block of output pixels at each place: each task computes some rows of places, one
/// after the other in scratch, and puts their pixels where they belong.
final class BlockConvolutionStep: Step {
    /// The places where the kernel is called.
    struct Grid {
        var rows: Int
        var columns: Int
        /// Padding in front of the first place's window.
        var top: Int
        var left: Int
        /// Input rows and pixels from one place to the next. A convolution's own stride along rows is in its shape.
        var strideHeight: Int
        var inputColumns: Int
    }

    private let part: QuantizedConvolutionStep.Part
    private let block: ConvolutionBlock
    private let grid: Grid
    private let input: FeatureMap<UInt8>
    private let output: UnsafeMutablePointer<UInt8>
    /// Bytes from an image, plane, row and pixel of the output to the next.
    private let strides: [Int]
    private let elementBytes: Int
    private let border: BorderFill?
    private let finish: FloatFinish?
    private let kernels: sightline_kernels
    private let floatKernels: sightline_float_kernels
    private let blocks: RowBlocks

    /// Bytes for one row of places.
    static func scratchBytes(_ grid: Grid, _ block: ConvolutionBlock, isQuantized: Bool) -> Int {
        grid.columns * block.outputs * (isQuantized ? 1 : 4) + BufferGeometry.readableSlack
    }

    /// - Parameters:
    ///   - output: bytes, or reals; channels adjacent, or where the block is planar rows.
    ///   - finish: an activation of real outputs, in the order in which the block has them.
    init(
        _ part: QuantizedConvolutionStep.Part, _ block: ConvolutionBlock, _ grid: Grid, input: FeatureMap<UInt8>,
        output: ResolvedView, border: BorderFill?, finish: FloatFinish?, kernels: sightline_kernels,
        floatKernels: sightline_float_kernels
    ) {
        self.part = part
        self.block = block
        self.grid = grid
        self.input = input
        self.output = output.pointer()
        elementBytes = output.elementType.byteCount
        strides = output.strides.map { [elementBytes] in $0 * elementBytes }
        precondition(block.isPlanar ? output.strides[3] == 1 : output.strides[1] == 1 || block.pixelChannels == 1)
        precondition(block.inputPitch == nil || block.inputPitch == input.pixelStride)
        self.border = border
        self.finish = finish
        self.kernels = kernels
        self.floatKernels = floatKernels
        blocks = RowBlocks(rows: grid.rows)
        super.init(taskCount: input.batch * blocks.count)
    }

    override func run(task: Int, worker: Worker) {
        let (image, index) = task.quotientAndRemainder(dividingBy: blocks.count)
        let rows = blocks.rows(of: index)
        border?.fill(image: image, rows: (rows.lowerBound * block.rows)..<(rows.upperBound * block.rows))
        for row in rows {
            convolve(image, row, into: worker.scratch)
            finish?.apply(
                worker.scratch.assumingMemoryBound(to: Float.self), pixels: grid.columns, pixelStride: block.outputs)
            for line in 0..<block.rows { store(worker.scratch, image, row, line: line) }
        }
    }

    private func convolve(_ image: Int, _ row: Int, into scratch: UnsafeMutableRawPointer) {
        var shape = part.shape
        var region = sightline_convolution_region(
            input: input.pixel(image, row * grid.strideHeight - grid.top, -grid.left),
            input_row_stride: input.rowStride, input_pixel_stride: input.pixelStride * grid.inputColumns,
            output: scratch, output_row_stride: 0, output_pixel_stride: block.outputs * elementBytes, rows: 1,
            columns: UInt32(grid.columns), starting_sums: nil, starting_sum_stride: 0)
        part.epilogue.withUnsafeEpilogue { epilogue in
            kernels.convolution(&shape, part.packedWeights.base, epilogue, &region)
        }
    }

    /// Puts one row of pixels of a row of blocks into the output.
    private func store(_ scratch: UnsafeMutableRawPointer, _ image: Int, _ row: Int, line: Int) {
        let from =
            scratch.assumingMemoryBound(to: UInt8.self) + line * block.columns * block.pixelChannels * elementBytes
        let to = output + image * strides[0] + (row * block.rows + line) * strides[2]
        let runBytes = (block.isPlanar ? block.columns : block.pixelChannels) * elementBytes
        if !block.isPlanar && strides[3] == runBytes {
            // Pixels follow each other.
            return copy(from, to, stride: block.columns * runBytes, bytes: block.columns * runBytes)
        }
        let runs = block.isPlanar ? block.pixelChannels : block.columns
        for run in 0..<runs {
            copy(
                from + run * runBytes, to + run * strides[block.isPlanar ? 1 : 3], stride: block.columns * strides[3],
                bytes: runBytes)
        }
    }

    private func copy(
        _ from: UnsafeMutablePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, stride: Int, bytes: Int
    ) {
        floatKernels.copy_pixels(from, block.outputs * elementBytes, to, stride, grid.columns, bytes)
    }
}
