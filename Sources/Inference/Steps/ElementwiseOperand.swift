import CKernels

/// An operand of an ``ElementwiseStep``: where its elements lie relative to the loops over the output.
struct ElementwiseOperand {
    private let source: ElementwiseExpression.Source
    private let base: UnsafeMutableRawPointer
    private let rowStride: Int
    private let columnStride: Int

    /// Whether elements are adjacent along rows instead of columns: then areas should be blocks, to be transposed.
    var isTransposed: Bool { rowStride == 1 && columnStride > 1 }

    init(_ source: ElementwiseExpression.Source, base: UnsafeMutableRawPointer, strides: [Int]) {
        self.source = source
        self.base = base
        columnStride = strides[strides.count - 1]
        rowStride = strides.count > 1 ? strides[strides.count - 2] : 0
        isSameOutside = strides.dropLast(2).allSatisfy { $0 == 0 }
    }

    private let isSameOutside: Bool

    /// Whether every row of areas of so many rows holds the same, and is not read in place anyway.
    func isSameInEveryRow(rowsPerArea: Int) -> Bool {
        isSameOutside && rowStride == 0 && (columnStride == 0 || rowsPerArea > 1)
    }

    /// The reals of an area, one after the other: in place where they lie so, else in `slot`.
    func load(
        _ area: ElementwiseArea, offset: Int, into slot: UnsafeMutablePointer<Float>,
        bytes: UnsafeMutablePointer<Float>,
        kernels: sightline_kernels, floatKernels: sightline_float_kernels
    ) -> UnsafeMutablePointer<Float> {
        let isDense = columnStride == 1 && (area.rows == 1 || rowStride == area.columns)
        let count = area.rows * area.columns
        switch source {
        case .float:
            let from = base.assumingMemoryBound(to: Float.self) + offset
            if isDense { return from }
            if columnStride == 1 && rowStride != 0 {
                floatKernels.copy_pixels(
                    UnsafeRawPointer(from).assumingMemoryBound(to: UInt8.self), rowStride * 4,
                    UnsafeMutableRawPointer(slot).assumingMemoryBound(to: UInt8.self), area.columns * 4, area.rows,
                    area.columns * 4)
            } else if rowStride == 1 && columnStride != 0 && area.rows > 1 {
                floatKernels.transpose(from, columnStride, slot, area.columns, area.columns, area.rows)
            } else {
                gather(from, area, into: slot)
            }
        case .quantized(let scale, let zeroPoint):
            kernels.dequantize(scale, zeroPoint, adjacentBytes(area, offset, isDense, bytes, floatKernels), slot, count)
        case .table(let table):
            let from = adjacentBytes(area, offset, isDense, bytes, floatKernels)
            table.withUnsafeBufferPointer { table in
                for index in 0..<count { slot[index] = table[Int(from[index])] }
            }
        }
        return slot
    }

    private func adjacentBytes(
        _ area: ElementwiseArea, _ offset: Int, _ isDense: Bool, _ spare: UnsafeMutablePointer<Float>,
        _ floatKernels: sightline_float_kernels
    ) -> UnsafeMutablePointer<UInt8> {
        let from = base.assumingMemoryBound(to: UInt8.self) + offset
        if isDense { return from }
        let to = UnsafeMutableRawPointer(spare).assumingMemoryBound(to: UInt8.self)
        if columnStride == 1 && rowStride != 0 {
            floatKernels.copy_pixels(from, rowStride, to, area.columns, area.rows, area.columns)
        } else {
            gather(from, area, into: to)
        }
        return to
    }

    @inline(__always)
    private func gather<Element: BitwiseCopyable>(
        _ from: UnsafeMutablePointer<Element>, _ area: ElementwiseArea, into to: UnsafeMutablePointer<Element>
    ) {
        for row in 0..<area.rows {
            let rowFrom = from + row &* rowStride
            let rowTo = to + row &* area.columns
            switch columnStride {
            case 1: rowTo.update(from: rowFrom, count: area.columns)
            case 0: rowTo.update(repeating: rowFrom[0], count: area.columns)
            default: for column in 0..<area.columns { rowTo[column] = rowFrom[column &* columnStride] }
            }
        }
    }
}
