/// The inner loops that convolutions and matrix products share: rows of coefficients times a narrow tile of columns.
enum TileProduct {
    /// Columns in a tile: what fits the first-level cache for each row of coefficients.
    static let width = 64

    /// `sums[row, column] += coefficients[row, step] * columns[step, column]`, steps in order.
    ///
    /// - Parameters:
    ///   - coefficients: `rows` x `depth`, rows `stride` apart.
    ///   - columns: `depth` x ``width``.
    ///   - sums: `rows` x ``width``.
    @inline(__always)
    static func accumulate<Element: NumericElement>(
        rows: Int, depth: Int, coefficients: UnsafePointer<Element>, stride: Int, columns: UnsafePointer<Element>,
        sums: UnsafeMutablePointer<Element>
    ) {
        for row in 0..<rows {
            let rowSums = sums + row * width
            for step in 0..<depth {
                let coefficient = coefficients[row * stride + step]
                let tile = columns + step * width
                for column in 0..<width {
                    rowSums[column] = Element.sum(rowSums[column], Element.product(coefficient, tile[column]))
                }
            }
        }
    }
}
