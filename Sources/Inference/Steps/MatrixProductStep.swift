import COpenBLAS
import Tensors

/// Products of pairs of float matrices, one for each index of the axes in front.
final class MatrixProductStep: Step {
    /// A stack of matrices: one of row and column stride is 1. Strides in elements.
    struct Operand {
        var base: UnsafeMutablePointer<Float>
        var stackStrides: [Int]
        var rowStride: Int
        var columnStride: Int
        /// The distance between rows, or columns, as BLAS wants it: at least their length.
        var pitch: blasint

        init(_ view: ResolvedView) {
            base = view.pointer()
            stackStrides = Array(view.strides.dropLast(2))
            rowStride = view.strides[view.strides.count - 2]
            columnStride = view.strides[view.strides.count - 1]
            // A side of extent 1 may have any stride; one that BLAS accepts is chosen.
            if view.shape[view.shape.count - 1] == 1 && rowStride != 1 { columnStride = 1 }
            if view.shape[view.shape.count - 2] == 1 && columnStride != 1 { rowStride = 1 }
            let isRowMajor = columnStride == 1
            let length = view.shape[view.shape.count - (isRowMajor ? 1 : 2)]
            pitch = blasint(max(isRowMajor ? rowStride : columnStride, length, 1))
        }

        func matrix(at index: Int, of stack: [Int]) -> UnsafeMutablePointer<Float> {
            var rest = index
            var offset = 0
            for axis in stack.indices.reversed() {
                offset += rest % stack[axis] * stackStrides[axis]
                rest /= stack[axis]
            }
            return base + offset
        }
    }

    private static let rowsPerTask = 128

    private let a: Operand
    private let b: Operand
    private let c: Operand
    private let stack: [Int]
    private let rows: Int
    private let columns: Int
    private let depth: Int
    private let blocks: Int
    private let bias: ConstantMemory<Float>?

    /// - Parameters:
    ///   - a: stack x rows x depth, broadcast; `b`: stack x depth x columns, broadcast; `c`: stack x rows x columns.
    ///   - bias: added to every row, `columns` elements.
    init(a: ResolvedView, b: ResolvedView, c: ResolvedView, bias: [Float]?) {
        self.a = Operand(a)
        self.b = Operand(b)
        self.c = Operand(c)
        stack = Array(c.shape.dropLast(2))
        rows = c.shape[c.shape.count - 2]
        columns = c.shape[c.shape.count - 1]
        depth = a.shape[a.shape.count - 1]
        blocks = (rows + Self.rowsPerTask - 1) / Self.rowsPerTask
        if let bias {
            self.bias = ConstantMemory(bias)
        } else {
            self.bias = nil
        }
        super.init(taskCount: Shape(stack).elementCount * blocks)
    }

    override func run(task: Int, worker: Worker) {
        let (index, block) = task.quotientAndRemainder(dividingBy: blocks)
        let first = block * Self.rowsPerTask
        let count = min(Self.rowsPerTask, rows - first)
        let left = a.matrix(at: index, of: stack) + first * a.rowStride
        let right = b.matrix(at: index, of: stack)
        let target = c.matrix(at: index, of: stack) + first * c.rowStride
        if let bias {
            for row in 0..<count {
                for column in 0..<columns {
                    target[row * c.rowStride + column * c.columnStride] = bias.base[column]
                }
            }
        }
        let isRowMajor = c.columnStride == 1
        cblas_sgemm(
            isRowMajor ? CblasRowMajor : CblasColMajor, Self.transposition(a, isRowMajor),
            Self.transposition(b, isRowMajor), blasint(count), blasint(columns), blasint(depth), 1, left,
            a.pitch, right, b.pitch, bias == nil ? 0 : 1, target, c.pitch)
    }

    private static func transposition(_ operand: Operand, _ isRowMajor: Bool) -> CBLAS_TRANSPOSE {
        (operand.columnStride == 1) == isRowMajor ? CblasNoTrans : CblasTrans
    }
}
