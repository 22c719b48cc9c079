import CKernels

/// Maximum pooling of quantised feature maps: each output row is a task. Windows are cut where they leave the map, since
/// what padding means is smaller than any byte.
final class QuantizedPoolStep: Step {
    /// Columns that see the same part of the window's width.
    private struct Segment {
        var first: Int
        var count: Int
        var firstTap: Int
        var taps: Int
    }

    private let shape: WindowShape
    private let input: FeatureMap<UInt8>
    private let output: FeatureMap<UInt8>
    private let segments: [Segment]
    private let border: BorderFill?
    private let kernels: sightline_kernels

    init(
        _ shape: WindowShape, input: FeatureMap<UInt8>, output: FeatureMap<UInt8>, border: BorderFill?,
        kernels: sightline_kernels
    ) {
        self.shape = shape
        self.input = input
        self.output = output
        self.border = border
        self.kernels = kernels
        var segments: [Segment] = []
        for x in 0..<output.width {
            let taps = Self.tapsInside(
                x * shape.strideWidth - shape.left, shape.dilationWidth, shape.kernelWidth, input.width)
            if let last = segments.last, last.firstTap == taps.lowerBound, last.taps == taps.count {
                segments[segments.count - 1].count += 1
            } else {
                segments.append(Segment(first: x, count: 1, firstTap: taps.lowerBound, taps: taps.count))
            }
        }
        self.segments = segments
        super.init(taskCount: output.batch * output.height)
    }

    private static func tapsInside(_ first: Int, _ dilation: Int, _ taps: Int, _ extent: Int) -> Range<Int> {
        var from = 0
        var to = taps
        while from < to && first + from * dilation < 0 { from += 1 }
        while to > from && first + (to - 1) * dilation >= extent { to -= 1 }
        return from..<to
    }

    override func run(task: Int, worker: Worker) {
        let (image, y) = task.quotientAndRemainder(dividingBy: output.height)
        border?.fill(image: image, rows: y..<(y + 1))
        let top = y * shape.strideHeight - shape.top
        let rows = Self.tapsInside(top, shape.dilationHeight, shape.kernelHeight, input.height)
        for segment in segments {
            var part = sightline_convolution_shape(
                input_channels: UInt32(input.channels), output_channels: UInt32(output.channels),
                kernel_height: UInt32(rows.count), kernel_width: UInt32(segment.taps),
                stride_height: UInt32(shape.strideHeight), stride_width: UInt32(shape.strideWidth),
                dilation_height: UInt32(shape.dilationHeight), dilation_width: UInt32(shape.dilationWidth))
            let column = segment.first * shape.strideWidth - shape.left + segment.firstTap * shape.dilationWidth
            var region = sightline_convolution_region(
                input: input.pixel(image, top + rows.lowerBound * shape.dilationHeight, column),
                input_row_stride: input.rowStride, input_pixel_stride: input.pixelStride,
                output: output.pixel(image, y, segment.first), output_row_stride: output.rowStride,
                output_pixel_stride: output.pixelStride, rows: 1, columns: UInt32(segment.count), starting_sums: nil,
                starting_sum_stride: 0)
            kernels.maximum_pool(&part, &region)
        }
    }
}
