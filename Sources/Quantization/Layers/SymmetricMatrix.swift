import COpenBLAS

/// A dense symmetric positive definite matrix of floats, and its triangular factor.
struct SymmetricMatrix {
    let size: Int

    /// Row-major, all elements.
    private(set) var elements: [Float]

    /// The covariance of patch values: for patches x with mean m, the mean of (x - m)(x - m)ᵀ.
    ///
    /// - Parameters:
    ///   - values: `rowCount` rows, `stride` elements apart.
    ///   - columns: which elements of each row to take, in this order.
    init(covarianceOf values: UnsafePointer<Float>, rowCount: Int, stride: Int, columns: [Int]) {
        size = columns.count
        var centered = [Float](repeating: 0, count: rowCount * columns.count)
        for (position, column) in columns.enumerated() {
            var sum = 0.0
            for row in 0..<rowCount { sum += Double(values[row * stride + column]) }
            let mean = Float(sum / Double(max(rowCount, 1)))
            for row in 0..<rowCount { centered[row * columns.count + position] = values[row * stride + column] - mean }
        }
        elements = [Float](repeating: 0, count: columns.count * columns.count)
        let count = blasint(columns.count)
        cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, count, count, blasint(rowCount), 1 / Float(max(rowCount, 1)),
            centered, count, centered, count, 0, &elements, count)
    }

    /// A matrix with the given elements, row-major.
    init(size: Int, elements: [Float]) {
        precondition(elements.count == size * size)
        self.size = size
        self.elements = elements
    }

    subscript(row: Int, column: Int) -> Float { elements[row * size + column] }

    /// Adds a constant to the diagonal.
    mutating func addToDiagonal(_ value: Float) {
        for index in 0..<size { elements[index * size + index] += value }
    }

    /// Lower triangular L with L Lᵀ equal to the matrix; nil when the matrix is not positive definite.
    ///
    /// Blocked, the bulk of the work in matrix products. The upper triangle of the result is undefined.
    func choleskyFactor(blockSize: Int = 64) -> [Float]? {
        var factor = elements
        let count = size
        let isPositive = factor.withUnsafeMutableBufferPointer { buffer -> Bool in
            guard let base = buffer.baseAddress else { return true }
            for start in Swift.stride(from: 0, to: count, by: blockSize) {
                let width = min(blockSize, count - start)
                guard Self.factorDiagonalBlock(base, count, start, width) else { return false }
                let below = count - start - width
                guard below > 0 else { break }
                let diagonal = base + start * count + start
                let panel = base + (start + width) * count + start
                cblas_strsm(
                    CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blasint(below), blasint(width), 1,
                    diagonal, blasint(count), panel, blasint(count))
                cblas_ssyrk(
                    CblasRowMajor, CblasLower, CblasNoTrans, blasint(below), blasint(width), -1, panel, blasint(count),
                    1, base + (start + width) * count + start + width, blasint(count))
            }
            return true
        }
        return isPositive ? factor : nil
    }

    private static func factorDiagonalBlock(
        _ base: UnsafeMutablePointer<Float>, _ count: Int, _ start: Int, _ width: Int
    ) -> Bool {
        for row in start..<start + width {
            for column in start...row {
                var sum = Double(base[row * count + column])
                for inner in start..<column {
                    sum -= Double(base[row * count + inner]) * Double(base[column * count + inner])
                }
                if row == column {
                    guard sum > 0 else { return false }
                    base[row * count + column] = Float(sum.squareRoot())
                } else {
                    base[row * count + column] = Float(sum / Double(base[column * count + column]))
                }
            }
        }
        return true
    }
}
