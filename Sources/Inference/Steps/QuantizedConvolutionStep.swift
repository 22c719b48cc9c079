import CKernels

/// int8 convolutions: each task computes some output rows.
///
/// One step may hold several kernels' calls: one for each group of a grouped convolution, or one for each pixel of a
/// transposed convolution's stride.
final class QuantizedConvolutionStep: Step {
    /// One call of the kernels: a convolution with its weights, and where it reads and writes.
    struct Part {
        var shape: sightline_convolution_shape
        var packedWeights: ConstantMemory<UInt8>
        var epilogue: QuantizedEpilogue
        /// Channels in front of those read.
        var inputChannel = 0
        /// Where the part writes: channels, rows and pixels behind the first of the output.
        var outputChannel = 0
        var outputRow = 0
        var outputColumn = 0
    }

    /// How output rows follow from input rows.
    struct Geometry {
        var isDepthwise = false
        var top = 0
        var left = 0
        var strideHeight = 1
        /// Rows and pixels of the output that one row and pixel of the parts' own output grid advances: the stride of a
        /// transposed convolution.
        var outputStep = (row: 1, pixel: 1)
        /// Rows and columns of the parts' own output grid.
        var rows = 0
        var columns = 0
    }

    private let parts: [Part]
    /// Bytes from an output row's first byte to each part's.
    private let outputOffsets: [Int]
    private let geometry: Geometry
    private let input: FeatureMap<UInt8>
    /// The output; its strides are in bytes, whatever its elements are.
    private let output: FeatureMap<UInt8>
    private let border: BorderFill?
    private let finish: FloatFinish?
    private let requantization: PixelQuantization?
    private let kernels: sightline_kernels
    private let floatKernels: sightline_float_kernels
    private let addend: FeatureMap<Float>?
    private let startingSums: FeatureMap<Float>?
    private let blocks: RowBlocks

    /// - Parameters:
    ///   - output: strides in bytes.
    ///   - elementBytes: of an output element.
    ///   - finish: an activation of real outputs.
    ///   - addend: what is added to real outputs, of the same shape.
    ///   - startingSums: what sums start from, of half the output's height and width.
    ///   - requantization: set when sums become reals, in scratch, and are activated and quantised there.
    init(
        _ parts: [Part], geometry: Geometry, input: FeatureMap<UInt8>, output: FeatureMap<UInt8>,
        elementBytes: Int, border: BorderFill?, finish: FloatFinish?, addend: FeatureMap<Float>? = nil,
        startingSums: FeatureMap<Float>? = nil,
        requantization: PixelQuantization?,
        kernels: sightline_kernels, floatKernels: sightline_float_kernels
    ) {
        self.parts = parts
        // Reals in scratch follow each other; elsewhere the output's own strides hold.
        let isDirect = requantization == nil
        let elementBytes = isDirect ? elementBytes : 4
        let pixelStride = isDirect ? output.pixelStride : output.channels * 4
        let rowStride = isDirect ? output.rowStride : output.width * pixelStride
        outputOffsets = parts.map {
            $0.outputChannel * elementBytes + $0.outputRow * rowStride + $0.outputColumn * pixelStride
        }
        self.geometry = geometry
        self.input = input
        self.output = output
        self.border = border
        self.finish = finish
        self.requantization = requantization
        self.kernels = kernels
        self.floatKernels = floatKernels
        self.addend = addend
        self.startingSums = startingSums
        blocks = RowBlocks(rows: geometry.rows)
        super.init(taskCount: input.batch * blocks.count)
    }

    override func run(task: Int, worker: Worker) {
        let (image, block) = task.quotientAndRemainder(dividingBy: blocks.count)
        let first = blocks.rows(of: block).lowerBound
        let count = blocks.rows(of: block).count
        let outputRow = first * geometry.outputStep.row
        let outputRows = min(count * geometry.outputStep.row, output.height - outputRow)
        border?.fill(image: image, rows: outputRow..<(outputRow + outputRows))
        if let requantization {
            return runThroughReals(image, first..<(first + count), requantization, worker)
        }
        let output = output.located(worker, image: image, row: outputRow)
        let addend = addend?.located(worker, image: image, row: outputRow)
        let to = output.pixel(image, outputRow, 0)
        runParts(
            image, row: first, rows: count, output: to, rowStride: output.rowStride, pixelStride: output.pixelStride)
        guard finish != nil || addend != nil else { return }
        for row in outputRow..<(outputRow + outputRows) {
            let line = UnsafeMutableRawPointer(output.pixel(image, row, 0)).assumingMemoryBound(to: Float.self)
            finish?.apply(line, pixels: output.width, pixelStride: output.pixelStride / 4)
            if let addend { add(addend.pixel(image, row, 0), addend.pixelStride, to: line) }
        }
    }

    /// Adds a row of reals to one of the output.
    private func add(_ other: UnsafeMutablePointer<Float>, _ stride: Int, to line: UnsafeMutablePointer<Float>) {
        var pixels = sightline_float_pixels()
        pixels.input = UnsafePointer(line)
        pixels.input_stride = output.pixelStride / 4
        pixels.addend = UnsafePointer(other)
        pixels.addend_stride = stride
        pixels.reals = line
        pixels.reals_stride = output.pixelStride / 4
        pixels.pixels = output.width
        pixels.channels = output.channels
        floatKernels.finish_pixels(&pixels)
    }

    /// Calls the kernels of all parts for some rows of their output grid. Strides are in bytes.
    private func runParts(
        _ image: Int, row: Int, rows: Int, output: UnsafeMutableRawPointer, rowStride: Int, pixelStride: Int
    ) {
        guard let startingSums else {
            return callKernels(
                image, row: row, rows: rows, output: output, rowStride: rowStride, pixelStride: pixelStride,
                startingSums: nil, startingSumStride: 0)
        }
        // Rows share what they start from by twos.
        var first = row
        while first < row + rows {
            let count = min(2 - first % 2, row + rows - first)
            callKernels(
                image, row: first, rows: count, output: output + (first - row) * rowStride, rowStride: rowStride,
                pixelStride: pixelStride, startingSums: startingSums.pixel(image, first / 2, 0),
                startingSumStride: startingSums.pixelStride)
            first += count
        }
    }

    private func callKernels(
        _ image: Int, row: Int, rows: Int, output: UnsafeMutableRawPointer, rowStride: Int, pixelStride: Int,
        startingSums: UnsafeMutablePointer<Float>?, startingSumStride: Int
    ) {
        let from = input.pixel(image, row * geometry.strideHeight - geometry.top, -geometry.left)
        for (index, part) in parts.enumerated() {
            var shape = part.shape
            var region = sightline_convolution_region(
                input: from + part.inputChannel, input_row_stride: input.rowStride,
                input_pixel_stride: input.pixelStride, output: output + outputOffsets[index],
                output_row_stride: rowStride * geometry.outputStep.row,
                output_pixel_stride: pixelStride * geometry.outputStep.pixel, rows: UInt32(rows),
                columns: UInt32(geometry.columns), starting_sums: startingSums,
                starting_sum_stride: startingSumStride)
            part.epilogue.withUnsafeEpilogue { epilogue in
                if geometry.isDepthwise {
                    kernels.depthwise(&shape, part.packedWeights.base, epilogue, &region)
                } else {
                    kernels.convolution(&shape, part.packedWeights.base, epilogue, &region)
                }
            }
        }
    }

    /// Computes one row of the parts' grid after the other: sums to reals in scratch, activation, quantisation.
    private func runThroughReals(
        _ image: Int, _ rows: Range<Int>, _ requantization: PixelQuantization, _ worker: Worker
    ) {
        let reals = worker.scratch.assumingMemoryBound(to: Float.self)
        let pixels = output.width * geometry.outputStep.row
        for row in rows {
            runParts(
                image, row: row, rows: 1, output: worker.scratch, rowStride: output.width * output.channels * 4,
                pixelStride: output.channels * 4)
            finish?.apply(reals, pixels: pixels, pixelStride: output.channels)
            for line in 0..<geometry.outputStep.row {
                requantization.apply(
                    reals + line * output.width * output.channels,
                    output.pixel(image, row * geometry.outputStep.row + line, 0), outputStride: output.pixelStride,
                    pixels: output.width, kernels: floatKernels)
            }
        }
    }

    /// Scratch bytes where sums go through reals; for a transposed convolution's `stride` output rows at a time.
    static func scratchBytes(width: Int, channels: Int, stride: Int = 1) -> Int { width * channels * 4 * stride }
}
