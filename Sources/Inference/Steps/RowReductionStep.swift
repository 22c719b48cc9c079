import CKernels

/// Softmax of rows, or their sums, extremes and means. Rows are adjacent elements.
final class RowReductionStep: Step {
    enum Operation {
        case softmax
        /// The mean of sixteen weights under the softmax of a row.
        case expectation(weights: ConstantMemory<Float>)
        case sum(factor: Float)
        case maximum
    }

    private static let elementsPerTask = 16384

    private let operation: Operation
    private let input: UnsafeMutablePointer<Float>
    private let output: UnsafeMutablePointer<Float>
    private let nest: LoopNest
    private let length: Int
    private let rows: Int
    private let rowsPerTask: Int
    private let kernels: sightline_float_kernels

    /// - Parameters:
    ///   - input: axes of rows, then the axis of a row's elements, whose stride is 1.
    ///   - output: the same for softmax; an extent of 1 in the last axis otherwise.
    init(_ operation: Operation, input: ResolvedView, output: ResolvedView, kernels: sightline_float_kernels) {
        self.operation = operation
        self.input = input.pointer()
        self.output = output.pointer()
        self.kernels = kernels
        let axes = input.shape.count - 1
        nest = LoopNest(
            shape: Array(input.shape[..<axes]),
            strides: [Array(output.strides[..<axes]), Array(input.strides[..<axes])])
        length = input.shape[axes]
        rows = nest.iterations(depth: nest.extents.count)
        rowsPerTask = max(1, Self.elementsPerTask / length)
        super.init(taskCount: (rows + rowsPerTask - 1) / rowsPerTask)
    }

    override func run(task: Int, worker: Worker) {
        var row = task * rowsPerTask
        let end = min(row + rowsPerTask, rows)
        let inner = nest.extents[nest.extents.count - 1]
        let depth = nest.extents.count - 1
        while row < end {
            // Rows along the innermost axis lie at one distance from each other.
            let (outer, first) = row.quotientAndRemainder(dividingBy: inner)
            let count = min(inner - first, end - row)
            let to = output + nest.offset(of: 0, at: outer, depth: depth) + first * nest.strides[0][depth]
            let from = input + nest.offset(of: 1, at: outer, depth: depth) + first * nest.strides[1][depth]
            reduce(from, to, count)
            row += count
        }
    }

    private func reduce(_ from: UnsafeMutablePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int) {
        let toStride = nest.strides[0][nest.extents.count - 1]
        let fromStride = nest.strides[1][nest.extents.count - 1]
        switch operation {
        case .softmax: kernels.softmax(from, fromStride, to, toStride, count, length)
        case .expectation(let weights):
            kernels.expectation(from, fromStride, weights.base, to, toStride, count)
        case .sum(let factor):
            for row in 0..<count { to[row * toStride] = kernels.sum(from + row * fromStride, length) * factor }
        case .maximum:
            for row in 0..<count { to[row * toStride] = kernels.maximum(from + row * fromStride, length) }
        }
    }
}
