import CKernels

/// Products of pairs of float matrices, one for each index of the axes in front.
final class MatrixProductStep: Step {
    private static let rowsPerTask = 48

    private let a: MatrixStack
    private let b: MatrixStack
    private let c: MatrixStack
    private let blocks: Int
    private let bias: ConstantMemory<Float>?
    private let kernels: sightline_float_kernels

    static let scratchBytes = rowsPerTask * 8

    /// - Parameters:
    ///   - a: stack x rows x depth, with any strides; `b`: stack x depth x columns, columns adjacent; `c`: stack x rows x
    ///     columns, columns adjacent. Stacks of `a` and `b` are broadcast.
    ///   - bias: added to every row, `columns` elements.
    init(a: ResolvedView, b: ResolvedView, c: ResolvedView, bias: [Float]?, kernels: sightline_float_kernels) {
        self.a = MatrixStack(a)
        self.b = MatrixStack(b)
        self.c = MatrixStack(c)
        self.kernels = kernels
        blocks = (self.c.rows + Self.rowsPerTask - 1) / Self.rowsPerTask
        if let bias {
            self.bias = ConstantMemory(bias)
        } else {
            self.bias = nil
        }
        super.init(taskCount: self.c.count * blocks)
    }

    override func run(task: Int, worker: Worker) {
        let (index, block) = task.quotientAndRemainder(dividingBy: blocks)
        let first = block * Self.rowsPerTask
        let count = min(Self.rowsPerTask, c.rows - first)
        let pointers = worker.scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        a.point(pointers, matrix: index, rows: first..<(first + count))
        var product = sightline_float_product(
            pointers: pointers, pointer_pitch: count, segments: 1, length: a.columns, depth_stride: a.columnStride,
            b: b.matrix(index), b_row_stride: b.rowStride, b_panel_stride: FloatPanels.width,
            c: c.matrix(index) + first * c.rowStride, c_row_stride: c.rowStride, accumulates: 0,
            initial: bias.map { UnsafePointer($0.base) }, rows: count, columns: c.columns)
        kernels.product(&product)
    }
}
