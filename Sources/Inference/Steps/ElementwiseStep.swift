import CKernels
import Tensors

/// Computes a chain of elementwise operators with broadcasting, a few hundred elements at a time, so that intermediate
/// results stay in the first-level cache.
final class ElementwiseStep: Step {
    /// Elements of one pass; registers hold as many.
    static let chunk = 1024
    private static let elementsPerTask = 16384

    private let program: ElementwiseRegisters
    private let operands: [ElementwiseOperand]
    private let nest: LoopNest
    private let output: UnsafeMutableRawPointer
    private let quantization: Quantization?
    private let border: BorderFill?
    private let kernels: sightline_kernels
    private let floatKernels: sightline_float_kernels

    /// The two innermost axes: `rows` runs of `columns` elements.
    private let rows: Int
    private let columns: Int
    private let outputRowStride: Int
    /// Rows of a chunk; 1 where a row is cut into several.
    private let rowsPerChunk: Int
    private let columnsPerChunk: Int
    private let chunksPerRow: Int
    private let chunksPerTask: Int
    private let chunkCount: Int

    /// Bytes of scratch for an expression: its registers, and a row of bytes.
    static func scratchBytes(for expression: ElementwiseExpression) -> Int {
        (ElementwiseRegisters(expression).slotCount + 1) * chunk * 4
    }

    init(
        _ expression: ElementwiseExpression, operands views: [ResolvedView], output: ResolvedView,
        quantization: Quantization?, border: BorderFill?, kernels: sightline_kernels,
        floatKernels: sightline_float_kernels
    ) {
        program = ElementwiseRegisters(expression)
        let nest = LoopNest(shape: expression.shape, strides: [output.strides] + views.map(\.strides))
        self.nest = nest
        self.output = output.base
        self.quantization = quantization
        self.border = border
        self.kernels = kernels
        self.floatKernels = floatKernels
        let rank = nest.extents.count
        columns = nest.extents[rank - 1]
        rows = rank > 1 ? nest.extents[rank - 2] : 1
        outputRowStride = rank > 1 ? nest.strides[0][rank - 2] : 0
        operands = expression.operands.indices.map { index in
            ElementwiseOperand(
                expression.operands[index].source, base: views[index].base, strides: nest.strides[index + 1])
        }
        let hasTransposed = operands.contains { $0.isTransposed }
        columnsPerChunk = min(columns, hasTransposed ? 64 : Self.chunk)
        chunksPerRow = (columns + columnsPerChunk - 1) / columnsPerChunk
        rowsPerChunk = chunksPerRow > 1 && !hasTransposed ? 1 : min(rows, Self.chunk / columnsPerChunk)
        chunkCount =
            nest.iterations(depth: max(rank - 2, 0)) * ((rows + rowsPerChunk - 1) / rowsPerChunk) * chunksPerRow
        chunksPerTask = max(1, Self.elementsPerTask / (rowsPerChunk * columnsPerChunk))
        super.init(taskCount: (chunkCount + chunksPerTask - 1) / chunksPerTask)
    }

    override func run(task: Int, worker: Worker) {
        if task == 0 { border?.fillAll() }
        let scratch = worker.scratch.assumingMemoryBound(to: Float.self)
        let first = task * chunksPerTask
        for index in first..<min(first + chunksPerTask, chunkCount) { runChunk(index, scratch) }
    }

    private func runChunk(_ index: Int, _ scratch: UnsafeMutablePointer<Float>) {
        let chunksOfRows = (rows + rowsPerChunk - 1) / rowsPerChunk
        let (rest, part) = index.quotientAndRemainder(dividingBy: chunksPerRow)
        let (outer, block) = rest.quotientAndRemainder(dividingBy: chunksOfRows)
        let row = block * rowsPerChunk
        let column = part * columnsPerChunk
        let area = ElementwiseArea(
            outer: outer, row: row, column: column, rows: min(rowsPerChunk, rows - row),
            columns: min(columnsPerChunk, columns - column))
        let isDirect = quantization == nil && isDense(area)
        let start = offset(of: 0, area)
        let target = output.assumingMemoryBound(to: Float.self) + start
        let result = evaluate(area, scratch, direct: isDirect ? target : nil)
        if result != target || !isDirect { write(result, area, start) }
    }

    /// Whether an area of the output is one run of memory.
    private func isDense(_ area: ElementwiseArea) -> Bool {
        nest.strides[0][nest.extents.count - 1] == 1 && (area.rows == 1 || outputRowStride == area.columns)
    }

    private func offset(of operand: Int, _ area: ElementwiseArea) -> Int {
        let depth = max(nest.extents.count - 2, 0)
        let rowStride = nest.extents.count > 1 ? nest.strides[operand][nest.extents.count - 2] : 0
        return nest.offset(of: operand, at: area.outer, depth: depth) + area.row * rowStride
            + area.column * nest.strides[operand][nest.extents.count - 1]
    }

    /// Computes all registers of an area; the last one directly into `direct` where that is given.
    private func evaluate(
        _ area: ElementwiseArea, _ scratch: UnsafeMutablePointer<Float>, direct: UnsafeMutablePointer<Float>?
    ) -> UnsafeMutablePointer<Float> {
        let count = area.rows * area.columns
        return withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: program.registerCount) {
            registers in
            for index in operands.indices {
                registers[index] = operands[index].load(
                    area, offset: offset(of: index + 1, area), into: scratch + program.slots[index] * Self.chunk,
                    bytes: scratch + program.slotCount * Self.chunk, kernels: kernels, floatKernels: floatKernels)
            }
            for (index, instruction) in program.instructions.enumerated() {
                let register = operands.count + index
                let isLast = register == program.registerCount - 1
                let target =
                    isLast
                    ? direct ?? scratch + program.slots[register] * Self.chunk
                    : scratch + program.slots[register] * Self.chunk
                registers[register] = target
                let a = registers[instruction.registers[0]]
                switch instruction.function {
                case .apply(let function, let p, let q): floatKernels.apply(function, p, q, a, target, count)
                case .combine(let function):
                    floatKernels.combine(function, a, registers[instruction.registers[1]], target, count)
                case .multiplyAdd:
                    floatKernels.multiply_add(
                        a, registers[instruction.registers[1]], registers[instruction.registers[2]], target, count)
                }
            }
            return registers[program.registerCount - 1]
        }
    }

    /// Stores an area's results where they were not computed in place.
    private func write(_ result: UnsafeMutablePointer<Float>, _ area: ElementwiseArea, _ start: Int) {
        let columnStride = nest.strides[0][nest.extents.count - 1]
        let isDense = isDense(area)
        let runs = isDense ? 1 : area.rows
        let length = isDense ? area.rows * area.columns : area.columns
        for run in 0..<runs {
            let from = result + run * area.columns
            let offset = start + run * outputRowStride
            if let quantization {
                let to = output.assumingMemoryBound(to: UInt8.self) + offset
                if columnStride == 1 {
                    kernels.quantize(quantization.scale, quantization.zeroPoint, from, to, length)
                } else {
                    for index in 0..<length {
                        kernels.quantize(
                            quantization.scale, quantization.zeroPoint, from + index, to + index * columnStride, 1)
                    }
                }
            } else {
                let to = output.assumingMemoryBound(to: Float.self) + offset
                if columnStride == 1 {
                    to.update(from: from, count: length)
                } else {
                    for index in 0..<length { to[index * columnStride] = from[index] }
                }
            }
        }
    }
}

/// Some rows and columns of the two innermost loops, in one iteration of the outer ones.
struct ElementwiseArea {
    var outer: Int
    var row: Int
    var column: Int
    var rows: Int
    var columns: Int
}
