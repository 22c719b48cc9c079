/// Float matrices behind axes that count them.
struct MatrixStack {
    private let base: UnsafeMutablePointer<Float>
    private let extents: [Int]
    private let strides: [Int]
    let rows: Int
    let columns: Int
    let rowStride: Int
    let columnStride: Int

    init(_ view: ResolvedView) {
        let rank = view.shape.count
        base = view.pointer()
        extents = Array(view.shape.dropLast(2))
        strides = Array(view.strides.dropLast(2))
        rows = view.shape[rank - 2]
        columns = view.shape[rank - 1]
        rowStride = view.strides[rank - 2]
        columnStride = view.strides[rank - 1]
    }

    /// How many matrices there are.
    var count: Int {
        var count = 1
        for extent in extents { count *= extent }
        return count
    }

    func matrix(_ index: Int) -> UnsafeMutablePointer<Float> {
        var rest = index
        var offset = 0
        for axis in extents.indices.reversed() {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: extents[axis])
            offset += remainder * strides[axis]
            rest = quotient
        }
        return base + offset
    }

    /// Writes where each row of a matrix begins.
    func point(_ pointers: UnsafeMutablePointer<UnsafePointer<Float>?>, matrix index: Int, rows: Range<Int>) {
        var row = matrix(index) + rows.lowerBound * rowStride
        for position in 0..<rows.count {
            pointers[position] = UnsafePointer(row)
            row += rowStride
        }
    }
}
