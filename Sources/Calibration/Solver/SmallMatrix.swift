/// A small dense symmetric matrix: the normal equations of a camera's parameters, homographies' moment matrices.
///
/// Calibration's matrices have at most 14 rows, where library calls cost more than the arithmetic.
struct SmallMatrix {
    let size: Int
    /// Row by row, both triangles.
    private(set) var elements: [Double]

    init(size: Int) {
        self.size = size
        elements = [Double](repeating: 0, count: size * size)
    }

    subscript(row: Int, column: Int) -> Double {
        get { elements[row * size + column] }
        set { elements[row * size + column] = newValue }
    }

    /// Adds weight * vector * vectorᵀ.
    mutating func addOuter(_ vector: [Double], weight: Double = 1) {
        for row in 0..<size where vector[row] != 0 {
            let scaled = vector[row] * weight
            for column in 0..<size { elements[row * size + column] += scaled * vector[column] }
        }
    }

    /// Lower triangular L with L Lᵀ equal to the matrix; nil unless the matrix is positive definite.
    func cholesky() -> SmallMatrix? {
        var factor = SmallMatrix(size: size)
        for row in 0..<size {
            for column in 0...row {
                var sum = self[row, column]
                for inner in 0..<column { sum -= factor[row, inner] * factor[column, inner] }
                if row == column {
                    guard sum > 0, sum.isFinite else { return nil }
                    factor[row, row] = sum.squareRoot()
                } else {
                    factor[row, column] = sum / factor[column, column]
                }
            }
        }
        return factor
    }

    /// With this matrix as Cholesky factor L, solves L Lᵀ x = right.
    func solveFactored(_ right: [Double]) -> [Double] {
        var x = right
        for row in 0..<size {
            for column in 0..<row { x[row] -= self[row, column] * x[column] }
            x[row] /= self[row, row]
        }
        for row in (0..<size).reversed() {
            for below in row + 1..<max(size, row + 1) { x[row] -= self[below, row] * x[below] }
            x[row] /= self[row, row]
        }
        return x
    }

    /// The inverse of a positive definite matrix.
    func inverse() -> SmallMatrix? {
        guard let factor = cholesky() else { return nil }
        var result = SmallMatrix(size: size)
        for column in 0..<size {
            var unit = [Double](repeating: 0, count: size)
            unit[column] = 1
            for (row, value) in factor.solveFactored(unit).enumerated() { result[row, column] = value }
        }
        return result
    }

    /// The eigenvector of the smallest eigenvalue, by cyclic Jacobi rotations.
    func smallestEigenvector() -> [Double] {
        var matrix = self
        var vectors = SmallMatrix(size: size)
        for index in 0..<size { vectors[index, index] = 1 }
        for _ in 0..<60 {
            var offDiagonal = 0.0
            for row in 0..<size {
                for column in 0..<row { offDiagonal += matrix[row, column] * matrix[row, column] }
            }
            if offDiagonal < 1e-300 { break }
            for p in 0..<size {
                for q in p + 1..<max(size, p + 1) { matrix.rotate(p, q, accumulating: &vectors) }
            }
        }
        let smallest = (0..<size).min { matrix[$0, $0] < matrix[$1, $1] } ?? 0
        return (0..<size).map { vectors[$0, smallest] }
    }

    /// One Jacobi rotation, which makes the element (p, q) zero.
    private mutating func rotate(_ p: Int, _ q: Int, accumulating vectors: inout SmallMatrix) {
        guard self[p, q] != 0 else { return }
        let theta = (self[q, q] - self[p, p]) / (2 * self[p, q])
        let tangent = (theta < 0 ? -1.0 : 1.0) / (theta.magnitude + (theta * theta + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for index in 0..<size {
            let (first, second) = (self[index, p], self[index, q])
            self[index, p] = cosine * first - sine * second
            self[index, q] = sine * first + cosine * second
        }
        for index in 0..<size {
            let (first, second) = (self[p, index], self[q, index])
            self[p, index] = cosine * first - sine * second
            self[q, index] = sine * first + cosine * second
        }
        for index in 0..<size {
            let (first, second) = (vectors[index, p], vectors[index, q])
            vectors[index, p] = cosine * first - sine * second
            vectors[index, q] = sine * first + cosine * second
        }
    }
}
