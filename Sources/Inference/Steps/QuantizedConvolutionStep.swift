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
    private let kernels: sightline_kernels
    private let rowsPerTask: Int
    private let blocks: Int

    /// - Parameters:
    ///   - output: strides in bytes.
    ///   - elementBytes: of an output element.
    ///   - finish: an activation for outputs that stay float.
    init(
        _ parts: [Part], geometry: Geometry, input: FeatureMap<UInt8>, output: FeatureMap<UInt8>,
        elementBytes: Int, border: BorderFill?, finish: FloatFinish?, kernels: sightline_kernels
    ) {
        self.parts = parts
        outputOffsets = parts.map {
            $0.outputChannel * elementBytes + $0.outputRow * output.rowStride + $0.outputColumn * output.pixelStride
        }
        self.geometry = geometry
        self.input = input
        self.output = output
        self.border = border
        self.finish = finish
        self.kernels = kernels
        // Enough blocks for a few workers to share evenly, large enough that a block's start costs nothing.
        rowsPerTask = max(1, min(8, (geometry.rows + 7) / 8))
        blocks = (geometry.rows + rowsPerTask - 1) / rowsPerTask
        super.init(taskCount: input.batch * blocks)
    }

    override func run(task: Int, worker: Worker) {
        let (image, block) = task.quotientAndRemainder(dividingBy: blocks)
        let first = block * rowsPerTask
        let count = min(rowsPerTask, geometry.rows - first)
        let outputRow = first * geometry.outputStep.row
        let outputRows = min(count * geometry.outputStep.row, output.height - outputRow)
        border?.fill(image: image, rows: outputRow..<(outputRow + outputRows))
        let from = input.pixel(image, first * geometry.strideHeight - geometry.top, -geometry.left)
        let to = output.pixel(image, outputRow, 0)
        for (index, part) in parts.enumerated() {
            var shape = part.shape
            var region = sightline_convolution_region(
                input: from + part.inputChannel, input_row_stride: input.rowStride,
                input_pixel_stride: input.pixelStride, output: to + outputOffsets[index],
                output_row_stride: output.rowStride * geometry.outputStep.row,
                output_pixel_stride: output.pixelStride * geometry.outputStep.pixel, rows: UInt32(count),
                columns: UInt32(geometry.columns))
            part.epilogue.withUnsafeEpilogue { epilogue in
                if geometry.isDepthwise {
                    kernels.depthwise(&shape, part.packedWeights.base, epilogue, &region)
                } else {
                    kernels.convolution(&shape, part.packedWeights.base, epilogue, &region)
                }
            }
        }
        guard let finish else { return }
        for row in outputRow..<(outputRow + outputRows) {
            let line = UnsafeMutableRawPointer(output.pixel(image, row, 0)).assumingMemoryBound(to: Float.self)
            finish.apply(line, pixels: output.width, pixelStride: output.pixelStride / 4)
        }
    }
}
