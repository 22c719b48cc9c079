import CKernels

/// Copies elements from one view to another of the same shape: changes their order, or puts them beside others.
final class CopyStep: Step {
    private let nest: LoopNest
    private let source: UnsafeMutableRawPointer
    private let target: UnsafeMutableRawPointer
    private let elementBytes: Int
    /// Loops outside of the two innermost axes, and of the outer one of these where it is cut.
    private let outer: Int
    private let transposed: Bool
    private let rows: Int
    private let columns: Int
    private let blocks: Int
    private let rowsPerBlock: Int
    private let border: BorderFill?
    private let floatKernels: sightline_float_kernels

    /// - Parameters:
    ///   - border: of the target, where it is a quantised feature map.
    init(
        from source: ResolvedView, to target: ResolvedView, border: BorderFill? = nil,
        floatKernels: sightline_float_kernels
    ) {
        var nest = LoopNest(shape: source.shape, strides: [target.strides, source.strides])
        // Where pieces are shorter than a cache line, those of one line must be read close together.
        if nest.extents[nest.extents.count - 1] * source.elementType.byteCount < 64 { nest.sortOuterAxes(by: 1) }
        self.nest = nest
        self.source = source.base
        self.target = target.base
        self.border = border
        self.floatKernels = floatKernels
        elementBytes = source.elementType.byteCount
        let rank = nest.extents.count
        rows = rank > 1 ? nest.extents[rank - 2] : 1
        columns = nest.extents[rank - 1]
        outer = nest.iterations(depth: max(rank - 2, 0))
        transposed =
            rank > 1 && elementBytes == 4 && nest.strides[0][rank - 1] == 1
            && nest.strides[1][rank - 2] == 1
        rowsPerBlock = max(1, min(rows, 16384 / max(columns, 1) / 16 * 16 + 16))
        blocks = (rows + rowsPerBlock - 1) / rowsPerBlock
        super.init(taskCount: outer * blocks)
    }

    override func run(task: Int, worker: Worker) {
        if task == 0 { border?.fillAll() }
        let (index, block) = task.quotientAndRemainder(dividingBy: blocks)
        let first = block * rowsPerBlock
        let last = min(first + rowsPerBlock, rows)
        let depth = max(nest.extents.count - 2, 0)
        let targetStart = nest.offset(of: 0, at: index, depth: depth)
        let sourceStart = nest.offset(of: 1, at: index, depth: depth)
        let rowAxis = nest.extents.count - 2
        let targetRow = rowAxis < 0 ? 0 : nest.strides[0][rowAxis]
        let sourceRow = rowAxis < 0 ? 0 : nest.strides[1][rowAxis]
        if transposed {
            // Source rows (of adjacent elements) are the target's columns.
            let from = source.assumingMemoryBound(to: Float.self) + sourceStart + first
            let to = target.assumingMemoryBound(to: Float.self) + targetStart + first * targetRow
            floatKernels.transpose(
                from, nest.strides[1][rowAxis + 1], to, targetRow, columns, last - first)
            return
        }
        if nest.strides[0][rowAxis + 1] == 1 && nest.strides[1][rowAxis + 1] == 1 {
            let from = source + (sourceStart + first * sourceRow) * elementBytes
            let to = target + (targetStart + first * targetRow) * elementBytes
            return floatKernels.copy_pixels(
                from.assumingMemoryBound(to: UInt8.self), sourceRow * elementBytes,
                to.assumingMemoryBound(to: UInt8.self), targetRow * elementBytes, last - first,
                columns * elementBytes)
        }
        for row in first..<last {
            copyRun(targetStart + row * targetRow, sourceStart + row * sourceRow)
        }
    }

    private func copyRun(_ targetOffset: Int, _ sourceOffset: Int) {
        let targetStride = nest.strides[0][nest.extents.count - 1]
        let sourceStride = nest.strides[1][nest.extents.count - 1]
        let from = source + sourceOffset * elementBytes
        let to = target + targetOffset * elementBytes
        if targetStride == 1 && sourceStride == 1 {
            return to.copyMemory(from: from, byteCount: columns * elementBytes)
        }
        switch elementBytes {
        case 1: Self.copy(UInt8.self, from, sourceStride, to, targetStride, columns)
        case 2: Self.copy(UInt16.self, from, sourceStride, to, targetStride, columns)
        case 4: Self.copy(UInt32.self, from, sourceStride, to, targetStride, columns)
        default: Self.copy(UInt64.self, from, sourceStride, to, targetStride, columns)
        }
    }

    @inline(__always)
    private static func copy<Element: BitwiseCopyable>(
        _ type: Element.Type, _ from: UnsafeMutableRawPointer, _ fromStride: Int, _ to: UnsafeMutableRawPointer,
        _ toStride: Int, _ count: Int
    ) {
        let from = from.assumingMemoryBound(to: Element.self)
        let to = to.assumingMemoryBound(to: Element.self)
        for index in 0..<count { to[index &* toStride] = from[index &* fromStride] }
    }
}
