import CKernels

/// softmax(scale * Q K) V without the matrix of weights ever being in memory: each task computes the weights of a few
/// queries in scratch and uses them at once (Dao et al., "FlashAttention", 2022, with whole rows instead of blocks, since
/// a few rows fit a core's cache).
final class AttentionStep: Step {
    private let queries: MatrixStack
    private let keys: MatrixStack
    private let values: MatrixStack
    private let output: MatrixStack
    private let scale: Float
    private let kernels: sightline_float_kernels
    private let rowsPerTask: Int
    private let pitch: Int
    private let blocks: Int

    /// Queries that a task takes: their weights should stay in the second-level cache.
    static func rowsPerTask(keys: Int) -> Int { max(6, min(48, 49152 / max(keys, 1) / 6 * 6)) }

    static func scratchBytes(keys: Int) -> Int {
        rowsPerTask(keys: keys) * ((keys + 15) / 16 * 16 * 4 + 8) + 64
    }

    /// - Parameters:
    ///   - queries: stack x queries x depth, any strides; `keys`: stack x depth x keys, keys adjacent; `values`: stack x
    ///     keys x features, features adjacent; `output`: stack x queries x features, features adjacent.
    init(
        queries: ResolvedView, keys: ResolvedView, values: ResolvedView, output: ResolvedView, scale: Float,
        kernels: sightline_float_kernels
    ) {
        self.queries = MatrixStack(queries)
        self.keys = MatrixStack(keys)
        self.values = MatrixStack(values)
        self.output = MatrixStack(output)
        self.scale = scale
        self.kernels = kernels
        rowsPerTask = Self.rowsPerTask(keys: self.keys.columns)
        pitch = (self.keys.columns + 15) / 16 * 16
        blocks = (self.queries.rows + rowsPerTask - 1) / rowsPerTask
        super.init(taskCount: self.output.count * blocks)
    }

    override func run(task: Int, worker: Worker) {
        let (index, block) = task.quotientAndRemainder(dividingBy: blocks)
        let first = block * rowsPerTask
        let count = min(rowsPerTask, queries.rows - first)
        let weights = worker.scratch.assumingMemoryBound(to: Float.self)
        let pointers = (worker.scratch + rowsPerTask * pitch * 4).assumingMemoryBound(to: UnsafePointer<Float>?.self)
        queries.point(pointers, matrix: index, rows: first..<(first + count))
        var scores = sightline_float_product(
            pointers: pointers, pointer_pitch: count, segments: 1, length: queries.columns,
            depth_stride: queries.columnStride, b: keys.matrix(index), b_row_stride: keys.rowStride,
            b_panel_stride: FloatPanels.width, c: weights, c_row_stride: pitch, initial: nil, rows: count,
            columns: keys.columns)
        kernels.product(&scores)

        let target = output.matrix(index) + first * output.rowStride
        for row in 0..<count { pointers[row] = UnsafePointer(weights + row * pitch) }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { sums in
            for row in 0..<count { sums[row] = kernels.exponentials(weights + row * pitch, scale, keys.columns) }
            var mix = sightline_float_product(
                pointers: pointers, pointer_pitch: count, segments: 1, length: keys.columns, depth_stride: 1,
                b: values.matrix(index), b_row_stride: values.rowStride, b_panel_stride: FloatPanels.width, c: target,
                c_row_stride: output.rowStride, initial: nil, rows: count, columns: values.columns)
            kernels.product(&mix)
            for row in 0..<count {
                let line = target + row * output.rowStride
                kernels.apply(SIGHTLINE_FLOAT_AFFINE, 1 / sums[row], 0, line, line, values.columns)
            }
        }
    }
}
