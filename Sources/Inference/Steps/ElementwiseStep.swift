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
    /// Operands that are the same in every row; loaded once for a task.
    private let invariants: [Int]
    private let outputs: [ElementwiseOutput]
    private let nest: LoopNest
    private let kernels: sightline_kernels
    private let floatKernels: sightline_float_kernels

    /// The two innermost axes: `rows` runs of `columns` elements, cut into areas.
    private let rows: Int
    private let columns: Int
    private let rowsPerArea: Int
    private let columnsPerArea: Int
    private let areasPerTask: Int
    private let areaCount: Int
    /// Whether rows of an operand are adjacent in memory: then areas that share its pixels follow each other.
    private let hasTransposed: Bool

    /// Bytes of scratch for an expression: its registers, and a row of bytes.
    static func scratchBytes(for expression: ElementwiseExpression) -> Int {
        // No more slots than registers are ever needed.
        (expression.operands.count + expression.instructions.count + 1) * chunk * 4 + BufferGeometry.readableSlack
    }

    /// - Parameters:
    ///   - views: the operands, broadcast to the expression's shape.
    ///   - outputs: where results go, as reals or quantised; one or more.
    init(
        _ expression: ElementwiseExpression, operands views: [ResolvedView], outputs: [ElementwiseOutput],
        kernels: sightline_kernels, floatKernels: sightline_float_kernels
    ) {
        let nest = LoopNest(
            shape: expression.shape, strides: outputs.map(\.view.strides) + views.map(\.strides))
        self.nest = nest
        self.outputs = outputs
        self.kernels = kernels
        self.floatKernels = floatKernels
        let rank = nest.extents.count
        let columns = nest.extents[rank - 1]
        let rows = rank > 1 ? nest.extents[rank - 2] : 1
        let operands = expression.operands.indices.map { index in
            ElementwiseOperand(
                expression.operands[index].source, base: views[index].base,
                strides: nest.strides[outputs.count + index])
        }
        hasTransposed = operands.contains { $0.isTransposed }
        columnsPerArea = min(columns, hasTransposed ? 64 : Self.chunk)
        rowsPerArea = columnsPerArea < columns && !hasTransposed ? 1 : min(rows, Self.chunk / columnsPerArea)
        var invariants: [Int] = []
        for (index, operand) in operands.enumerated()
        where columnsPerArea == columns && operand.isSameInEveryRow(rowsPerArea: rowsPerArea) {
            invariants.append(index)
        }
        self.invariants = invariants
        self.operands = operands
        self.rows = rows
        self.columns = columns
        program = ElementwiseRegisters(expression, pinned: Set(invariants))
        areaCount =
            nest.iterations(depth: max(rank - 2, 0)) * ((rows + rowsPerArea - 1) / rowsPerArea)
            * ((columns + columnsPerArea - 1) / columnsPerArea)
        areasPerTask = max(1, Self.elementsPerTask / (rowsPerArea * columnsPerArea))
        super.init(taskCount: (areaCount + areasPerTask - 1) / areasPerTask)
    }

    override func run(task: Int, worker: Worker) {
        if task == 0 { for output in outputs { output.border?.fillAll() } }
        let scratch = worker.scratch.assumingMemoryBound(to: Float.self)
        let whole = ElementwiseArea(outer: 0, row: 0, column: 0, rows: rowsPerArea, columns: columnsPerArea)
        for index in invariants { _ = load(index, whole, scratch) }
        let first = task * areasPerTask
        for index in first..<min(first + areasPerTask, areaCount) { compute(area(at: index), scratch) }
    }

    private func area(at index: Int) -> ElementwiseArea {
        let parts = (columns + columnsPerArea - 1) / columnsPerArea
        let blocks = (rows + rowsPerArea - 1) / rowsPerArea
        let (outer, place) = index.quotientAndRemainder(dividingBy: parts * blocks)
        let (part, block) = hasTransposed ? (place / blocks, place % blocks) : (place % parts, place / parts)
        let row = block * rowsPerArea
        let column = part * columnsPerArea
        return ElementwiseArea(
            outer: outer, row: row, column: column, rows: min(rowsPerArea, rows - row),
            columns: min(columnsPerArea, columns - column))
    }

    /// Where an area begins for the operand of the loops at `position`: outputs first, then the expression's operands.
    private func offset(_ position: Int, _ area: ElementwiseArea) -> Int {
        let rank = nest.extents.count
        let rowStride = rank > 1 ? nest.strides[position][rank - 2] : 0
        return nest.offset(of: position, at: area.outer, depth: max(rank - 2, 0)) + area.row * rowStride
            + area.column * nest.strides[position][rank - 1]
    }

    private func load(
        _ index: Int, _ area: ElementwiseArea, _ scratch: UnsafeMutablePointer<Float>
    ) -> UnsafeMutablePointer<Float> {
        operands[index].load(
            area, offset: offset(outputs.count + index, area), into: scratch + program.slots[index] * Self.chunk,
            bytes: scratch + program.slotCount * Self.chunk, kernels: kernels, floatKernels: floatKernels)
    }

    private func compute(_ area: ElementwiseArea, _ scratch: UnsafeMutablePointer<Float>) {
        let count = area.rows * area.columns
        let start = offset(0, area)
        let direct = outputs[0].directPointer(area, start, nest.strides[0])
        withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: program.registerCount) {
            registers in
            for index in operands.indices { registers[index] = load(index, area, scratch) }
            for index in invariants { registers[index] = scratch + program.slots[index] * Self.chunk }
            for (index, instruction) in program.instructions.enumerated() {
                let register = operands.count + index
                var target = scratch + program.slots[register] * Self.chunk
                if let direct, register == program.registerCount - 1 { target = direct }
                registers[register] = target
                execute(instruction, registers, target, count)
            }
            let result = registers[program.registerCount - 1]
            for (index, output) in outputs.enumerated() where index > 0 || result != direct {
                output.store(
                    result, area, offset(index, area), nest.strides[index], kernels: kernels, floatKernels: floatKernels
                )
            }
        }
    }

    @inline(__always)
    private func execute(
        _ instruction: ElementwiseExpression.Instruction,
        _ registers: UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>, _ target: UnsafeMutablePointer<Float>,
        _ count: Int
    ) {
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
}

/// Some rows and columns of the two innermost loops, in one iteration of the outer ones.
struct ElementwiseArea {
    var outer: Int
    var row: Int
    var column: Int
    var rows: Int
    var columns: Int
}
