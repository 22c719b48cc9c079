import CKernels
import Testing

/// One convolution (or pooling) over a region, with its data: what goes in, and what must come out.
struct ConvolutionCase {
    var shape = sightline_convolution_shape()
    var depthwise = false
    var rows = 1
    var columns = 1
    var inputPixelStride = 0
    var inputRowStride = 0
    var outputPixelStride = 0
    var outputRowStride = 0
    var epilogue: EpilogueTables
    var weights: [Int8] = []
    var input = GuardedBuffer(count: 0)
    /// What sums start from, for each pair of pixels; empty for zero.
    var startingSums: [Float] = []
    var startingSumStride = 0
    var taps: Int { Int(shape.kernel_height) * Int(shape.kernel_width) }
    var elementBytes: Int { epilogue.kind == SIGHTLINE_OUTPUT_FLOAT ? 4 : 1 }

    struct Geometry {
        var inputChannels = 8
        var outputChannels = 8
        var kernel = (1, 1)
        var stride = (1, 1)
        var dilation = (1, 1)
        var rows = 1
        var columns = 1
        /// Bytes between one input pixel's channels and the next pixel: other channels of a wider buffer.
        var inputGap = 0
        /// Elements between one output pixel's channels and the next pixel.
        var outputGap = 0
    }

    init(
        _ geometry: Geometry, kind: sightline_output_kind = SIGHTLINE_OUTPUT_REQUANTIZED, depthwise: Bool = false,
        _ generator: inout SplitMix
    ) {
        self.depthwise = depthwise
        shape = sightline_convolution_shape(
            input_channels: UInt32(geometry.inputChannels), output_channels: UInt32(geometry.outputChannels),
            kernel_height: UInt32(geometry.kernel.0), kernel_width: UInt32(geometry.kernel.1),
            stride_height: UInt32(geometry.stride.0), stride_width: UInt32(geometry.stride.1),
            dilation_height: UInt32(geometry.dilation.0), dilation_width: UInt32(geometry.dilation.1))
        rows = geometry.rows
        columns = geometry.columns
        let depth = geometry.kernel.0 * geometry.kernel.1 * (depthwise ? 1 : geometry.inputChannels)
        let typicalSum = Float(depth).squareRoot() * 12000
        epilogue = EpilogueTables(kind, channels: geometry.outputChannels, typicalSum: typicalSum, &generator)
        weights = (0..<geometry.outputChannels * depth).map { _ in Int8(truncatingIfNeeded: generator.next()) }
        layOut(geometry)
        for index in input.bytes.indices {
            input.bytes[index] = UInt8(truncatingIfNeeded: generator.next() >> 20)
        }
    }

    /// Lets sums start from integers of up to 2^22.
    mutating func addStartingSums(gap: Int, _ generator: inout SplitMix) {
        startingSumStride = Int(shape.output_channels) + gap
        startingSums = (0..<((columns + 1) / 2 * startingSumStride + 16)).map { _ in
            (generator.signedUnit() * 0x1p22).rounded()
        }
    }

    private mutating func layOut(_ geometry: Geometry) {
        let inputRows = (rows - 1) * geometry.stride.0 + (geometry.kernel.0 - 1) * geometry.dilation.0 + 1
        let inputColumns = (columns - 1) * geometry.stride.1 + (geometry.kernel.1 - 1) * geometry.dilation.1 + 1
        inputPixelStride = geometry.inputChannels + geometry.inputGap
        inputRowStride = inputColumns * inputPixelStride + geometry.inputGap * 3
        outputPixelStride = (geometry.outputChannels + geometry.outputGap) * elementBytes
        outputRowStride = columns * outputPixelStride + geometry.outputGap * 2 * elementBytes
        let touchable = (geometry.inputChannels + 3) / 4 * 4
        input = GuardedBuffer(
            count: (inputRows - 1) * inputRowStride + (inputColumns - 1) * inputPixelStride + touchable)
    }

    /// The output's bytes, and some on both sides of them.
    private static let margin = 96
    private var outputBytes: Int { rows * outputRowStride + 2 * Self.margin }

    private func region(_ output: UnsafeMutableRawPointer) -> sightline_convolution_region {
        sightline_convolution_region(
            input: UnsafePointer(input.base), input_row_stride: inputRowStride, input_pixel_stride: inputPixelStride,
            output: output + Self.margin, output_row_stride: outputRowStride, output_pixel_stride: outputPixelStride,
            rows: UInt32(rows), columns: UInt32(columns), starting_sums: nil, starting_sum_stride: startingSumStride)
    }

    /// What a table's kernel leaves in a buffer that was full of a pattern.
    func result(_ table: KernelTable) -> [UInt8] {
        let functions = table.functions
        let packedBytes = (depthwise ? functions.depthwise_packed_bytes : functions.convolution_packed_bytes)!
        let pack = (depthwise ? functions.depthwise_pack : functions.convolution_pack)!
        let run = (depthwise ? functions.depthwise : functions.convolution)!
        return withUnsafePointer(to: shape) { shape in
            let packed = GuardedBuffer(count: (packedBytes(shape) + 63) / 64 * 64)
            pack(shape, weights, packed.base)
            return written { region in
                epilogue.withValue { epilogue in run(shape, packed.base, epilogue, region) }
            }
        }
    }

    func poolingResult(_ table: KernelTable) -> [UInt8] {
        withUnsafePointer(to: shape) { shape in
            written { region in table.functions.maximum_pool(shape, region) }
        }
    }

    private func written(_ run: (UnsafePointer<sightline_convolution_region>) -> Void) -> [UInt8] {
        var output = pattern
        output.withUnsafeMutableBytes { buffer in
            var value = region(buffer.baseAddress!)
            startingSums.withUnsafeBufferPointer { numbers in
                value.starting_sums = numbers.isEmpty ? nil : numbers.baseAddress
                run(&value)
            }
        }
        return output
    }

    private var pattern: [UInt8] { (0..<outputBytes).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) } }

    /// The same buffer as the reference fills it: bytes that are not the region's keep the pattern.
    func expected() -> [UInt8] {
        filled { buffer, offset, row, column, channel in
            let sum = ReferenceKernels.sum(self, row: row, column: column, channel: channel)
            if epilogue.kind == SIGHTLINE_OUTPUT_FLOAT {
                let value = ReferenceKernels.fused(Float(sum), epilogue.scale[channel], epilogue.bias[channel])
                for byte in 0..<4 {
                    buffer[offset + byte] = UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * byte))
                }
            } else {
                buffer[offset] = ReferenceKernels.byte(epilogue, sum, channel: channel)
            }
        }
    }

    func expectedPooling() -> [UInt8] {
        filled { buffer, offset, row, column, channel in
            buffer[offset] = ReferenceKernels.maximum(self, row: row, column: column, channel: channel)
        }
    }

    private func filled(_ fill: (inout [UInt8], Int, Int, Int, Int) -> Void) -> [UInt8] {
        var buffer = pattern
        for row in 0..<rows {
            for column in 0..<columns {
                for channel in 0..<Int(shape.output_channels) {
                    let pixel = Self.margin + row * outputRowStride + column * outputPixelStride
                    fill(&buffer, pixel + channel * elementBytes, row, column, channel)
                }
            }
        }
        return buffer
    }

    /// Says where two buffers differ first.
    func check(_ actual: [UInt8], _ expected: [UInt8], _ table: KernelTable) {
        guard actual != expected else { return }
        let differing = actual.indices.filter { actual[$0] != expected[$0] }
        let place = differing[0] - Self.margin
        Issue.record(
            """
            \(table.name): \(differing.count) of \(actual.count) bytes differ, first at row \
            \(place / outputRowStride), column \(place % outputRowStride / outputPixelStride), byte \
            \(place % outputRowStride % outputPixelStride): \(actual[differing[0]]) for \(expected[differing[0]]). \
            \(shape), \(rows)x\(columns), input stride \(inputPixelStride), output stride \(outputPixelStride), \
            kind \(epilogue.kind)
            """)
    }
}
