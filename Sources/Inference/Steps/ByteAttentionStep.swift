import CKernels

/// softmax(scale * Q K) V with the weights as bytes: each query's weights are rounded to 255ths of its greatest, and mixed
/// with the bytes of a ``ByteValuesStep`` by the int8 convolution. The sum that they are divided by is that of the rounded
/// weights, so that rounding does not shift the mean.
final class ByteAttentionStep: Step {
    /// Queries that a task takes: whole tiles of the convolution for 32 and for 64 features.
    private static let rowsPerTask = 20
    /// With more keys a task's scores would not stay in the second-level cache, and sums could leave 32 bits.
    static let mostKeys = 8192

    private let queries: MatrixStack
    private let keys: MatrixStack
    private let output: MatrixStack
    private let packed: UnsafePointer<UInt8>
    private let units: UnsafePointer<Float>
    private let scale: Float
    private let kernels: sightline_kernels
    private let floatKernels: sightline_float_kernels
    private let blocks: Int
    private let shape: sightline_convolution_shape
    private let packedPitch: Int

    /// - Parameters:
    ///   - queries: stack x queries x depth, any strides; `keys`: stack x depth x keys, keys adjacent; `output`: stack x
    ///     queries x features, features adjacent.
    ///   - packed, units: what a ``ByteValuesStep`` wrote.
    init(
        queries: ResolvedView, keys: ResolvedView, packed: ResolvedView, units: ResolvedView, output: ResolvedView,
        scale: Float, kernels: sightline_kernels, floatKernels: sightline_float_kernels
    ) {
        self.queries = MatrixStack(queries)
        self.keys = MatrixStack(keys)
        self.output = MatrixStack(output)
        self.packed = UnsafePointer(packed.pointer())
        self.units = UnsafePointer(units.pointer())
        self.scale = scale
        self.kernels = kernels
        self.floatKernels = floatKernels
        blocks = (self.queries.rows + Self.rowsPerTask - 1) / Self.rowsPerTask
        shape = ByteValuesStep.shape(keys: self.keys.columns, features: self.output.columns)
        packedPitch = ByteValuesStep.packedPitch(shape, kernels)
        super.init(taskCount: self.output.count * blocks)
    }

    override func run(task: Int, worker: Worker) {
        let (index, block) = task.quotientAndRemainder(dividingBy: blocks)
        let first = block * Self.rowsPerTask
        let count = min(Self.rowsPerTask, queries.rows - first)
        let state = State(worker.scratch, keys: keys.columns)
        queries.point(state.pointers, matrix: index, rows: first..<(first + count))
        var scores = sightline_float_product(
            pointers: state.pointers, pointer_pitch: count, segments: 1, length: queries.columns,
            depth_stride: queries.columnStride, b: keys.matrix(index), b_row_stride: keys.rowStride,
            b_panel_stride: FloatPanels.width, c: state.scores, c_row_stride: state.pitch, accumulates: 0, initial: nil,
            rows: count, columns: keys.columns)
        floatKernels.product(&scores)
        for row in 0..<count {
            let line = state.scores + row * state.pitch
            let largest = floatKernels.scaled_maximum(line, scale, keys.columns)
            let sum = floatKernels.byte_exponentials(
                line, scale, largest, state.weights + row * state.pitch, keys.columns)
            state.sums[row] = Float(sum)
        }
        let target = output.matrix(index) + first * output.rowStride
        mix(state, matrix: index, rows: count, target)
        for row in 0..<count {
            let line = target + row * output.rowStride
            floatKernels.apply(SIGHTLINE_FLOAT_AFFINE, 1 / state.sums[row], 0, line, line, output.columns)
        }
    }

    /// Weighted sums of values, as reals.
    private func mix(_ state: State, matrix index: Int, rows: Int, _ target: UnsafeMutablePointer<Float>) {
        let unit = units + index * ByteValuesStep.unitPitch(features: output.columns)
        var epilogue = sightline_epilogue()
        epilogue.kind = SIGHTLINE_OUTPUT_FLOAT
        epilogue.scale = UnsafePointer(unit)
        epilogue.bias = UnsafePointer(unit + QuantizedEpilogue.paddedCount(output.columns))
        var region = sightline_convolution_region(
            input: state.weights, input_row_stride: 0, input_pixel_stride: state.pitch, output: target,
            output_row_stride: 0, output_pixel_stride: output.rowStride * 4, rows: 1, columns: UInt32(rows),
            starting_sums: nil, starting_sum_stride: 0)
        var shape = shape
        kernels.convolution(&shape, packed + index * packedPitch, &epilogue, &region)
    }

    static func scratchBytes(keys: Int) -> Int { rowsPerTask * (State.pitch(keys) * 5 + 16) + 192 }

    /// A worker's scratch memory.
    private struct State {
        let scores: UnsafeMutablePointer<Float>
        let weights: UnsafeMutablePointer<UInt8>
        let sums: UnsafeMutablePointer<Float>
        let pointers: UnsafeMutablePointer<UnsafePointer<Float>?>
        /// Elements from one query's scores, or weights, to the next one's.
        let pitch: Int

        init(_ scratch: UnsafeMutableRawPointer, keys: Int) {
            pitch = Self.pitch(keys)
            let rows = ByteAttentionStep.rowsPerTask
            pointers = scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
            sums = UnsafeMutableRawPointer(pointers + rows).assumingMemoryBound(to: Float.self)
            // A whole number of cache lines behind the pointers and sums.
            scores = (scratch + (rows * 12 + 63) / 64 * 64).assumingMemoryBound(to: Float.self)
            weights = UnsafeMutableRawPointer(scores + rows * pitch).assumingMemoryBound(to: UInt8.self)
        }

        static func pitch(_ keys: Int) -> Int { (keys + 15) / 16 * 16 }
    }
}
