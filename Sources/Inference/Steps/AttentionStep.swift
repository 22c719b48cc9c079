import CKernels

/// softmax(scale * Q K) V without the matrix of weights ever being in memory (Dao et al., "FlashAttention", 2022).
///
/// Each task takes a few queries and goes through the keys in blocks whose weights stay in the first-level cache. The
/// greatest score seen so far is every weight's reference; when a block raises it, what was summed before is scaled down.
final class AttentionStep: Step {
    /// Queries that a task takes, and keys of a block.
    private static let rowsPerTask = 12
    private static let keysPerBlock = 512

    private let queries: MatrixStack
    private let keys: MatrixStack
    private let values: MatrixStack
    private let output: MatrixStack
    private let scale: Float
    private let kernels: sightline_float_kernels
    private let blocks: Int

    /// Weights of a block, and for each query a pointer, the greatest score, the sum of weights and a factor.
    static let scratchBytes = rowsPerTask * (keysPerBlock * 4 + 8) + 3 * 64 * 4

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
        blocks = (self.queries.rows + Self.rowsPerTask - 1) / Self.rowsPerTask
        super.init(taskCount: self.output.count * blocks)
    }

    override func run(task: Int, worker: Worker) {
        let (index, block) = task.quotientAndRemainder(dividingBy: blocks)
        let first = block * Self.rowsPerTask
        let count = min(Self.rowsPerTask, queries.rows - first)
        let state = State(worker.scratch)
        let target = output.matrix(index) + first * output.rowStride
        var key = 0
        while key < keys.columns {
            let width = min(Self.keysPerBlock, keys.columns - key)
            queries.point(state.pointers, matrix: index, rows: first..<(first + count))
            var scores = sightline_float_product(
                pointers: state.pointers, pointer_pitch: count, segments: 1, length: queries.columns,
                depth_stride: queries.columnStride, b: keys.matrix(index) + key, b_row_stride: keys.rowStride,
                b_panel_stride: FloatPanels.width, c: state.weights, c_row_stride: Self.keysPerBlock, accumulates: 0,
                initial: nil, rows: count, columns: width)
            kernels.product(&scores)
            weigh(state, rows: count, width: width, isFirst: key == 0, target)
            for row in 0..<count { state.pointers[row] = UnsafePointer(state.weights + row * Self.keysPerBlock) }
            var mix = sightline_float_product(
                pointers: state.pointers, pointer_pitch: count, segments: 1, length: width, depth_stride: 1,
                b: values.matrix(index) + key * values.rowStride, b_row_stride: values.rowStride,
                b_panel_stride: FloatPanels.width, c: target, c_row_stride: output.rowStride,
                accumulates: key == 0 ? 0 : 1, initial: nil, rows: count, columns: values.columns)
            kernels.product(&mix)
            key += width
        }
        for row in 0..<count {
            let line = target + row * output.rowStride
            kernels.apply(SIGHTLINE_FLOAT_AFFINE, 1 / state.sums[row], 0, line, line, values.columns)
        }
    }

    /// Turns a block's scores into weights, and scales what was summed before to the new reference.
    private func weigh(
        _ state: State, rows: Int, width: Int, isFirst: Bool, _ target: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let largest = kernels.scaled_maximum(state.weights + row * Self.keysPerBlock, scale, width)
            let reference = isFirst ? largest : max(state.largest[row], largest)
            state.factors[row] = isFirst ? 0 : state.largest[row] - reference
            state.largest[row] = reference
        }
        if !isFirst { kernels.apply(SIGHTLINE_FLOAT_EXP, 0, 0, state.factors, state.factors, rows) }
        for row in 0..<rows {
            let sum = kernels.exponentials(
                state.weights + row * Self.keysPerBlock, scale, state.largest[row], width)
            state.sums[row] = isFirst ? sum : state.sums[row] * state.factors[row] + sum
            guard !isFirst, state.factors[row] != 1 else { continue }
            let line = target + row * output.rowStride
            kernels.apply(SIGHTLINE_FLOAT_AFFINE, state.factors[row], 0, line, line, values.columns)
        }
    }

    /// A worker's scratch memory.
    private struct State {
        let weights: UnsafeMutablePointer<Float>
        let largest: UnsafeMutablePointer<Float>
        let sums: UnsafeMutablePointer<Float>
        let factors: UnsafeMutablePointer<Float>
        let pointers: UnsafeMutablePointer<UnsafePointer<Float>?>

        init(_ scratch: UnsafeMutableRawPointer) {
            weights = scratch.assumingMemoryBound(to: Float.self)
            largest = weights + rowsPerTask * keysPerBlock
            sums = largest + 64
            factors = sums + 64
            pointers = UnsafeMutableRawPointer(factors + 64).assumingMemoryBound(to: UnsafePointer<Float>?.self)
        }
    }
}
