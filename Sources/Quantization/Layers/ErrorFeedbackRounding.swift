import COpenBLAS

/// Rounds a layer's weights so that its sums stay close, not each weight.
///
/// Inputs of a convolution are correlated: what rounding one weight adds to the sum, another weight can take away. With
/// C the inputs' covariance, the error of a sum is eᵀCe for the vector e of weight errors; writing C = R Rᵀ with R upper
/// triangular makes it |Rᵀe|², whose i-th component depends on the first i errors only. So weights are rounded one after
/// the other, each towards the value that cancels what the errors before it left (successive cancellation; the same
/// integers as Frantar et al., "GPTQ", 2022). Means do not matter here, as the bias takes them out afterwards.
package struct ErrorFeedbackRounding {
    /// Rounding order: the inputs with the largest variance first, as the later ones can still make up for them.
    private let order: [Int]

    /// Row i, column j > i: what error i, in rounding order, asks of weight j.
    private let feedback: [Float]

    /// Prepares rounding for the weights of one group.
    ///
    /// - Parameters:
    ///   - patches: inputs as the quantised layer sees them.
    ///   - firstTerm: where the group's terms begin in a patch.
    ///   - damping: share of the mean variance that is added to every variance. Patches are few, and without it the
    ///     rounding would follow their accidents.
    /// - Returns: nil when there is nothing to learn from the patches.
    package init?(patches: LayerSamples, rowCount: Int, firstTerm: Int, termCount: Int, damping: Float) {
        guard rowCount > 1 else { return nil }
        let variances = Self.variances(patches, rowCount, firstTerm, termCount)
        let mean = variances.reduce(0, +) / Float(max(termCount, 1))
        guard mean > 0, mean.isFinite else { return nil }
        // Ties are broken by position, so that the order is the same everywhere.
        let order = (0..<termCount).sorted { (variances[$0], $1) > (variances[$1], $0) }
        self.order = order
        // Cholesky of the matrix in reverse order is the upper triangular factor in forward order.
        let columns = order.reversed().map { firstTerm + $0 }
        var covariance = patches.values.withUnsafeBufferPointer { values in
            values.baseAddress.map {
                SymmetricMatrix(
                    covarianceOf: $0, rowCount: rowCount, stride: patches.patchSize, columns: Array(columns))
            }
        }
        covariance?.addToDiagonal(damping * mean)
        guard let factor = covariance?.choleskyFactor() else { return nil }
        feedback = Self.feedback(from: factor, size: termCount)
    }

    private static func variances(
        _ patches: LayerSamples, _ rowCount: Int, _ firstTerm: Int, _ termCount: Int
    ) -> [Float] {
        (0..<termCount).map { term in
            var sum = 0.0
            var squares = 0.0
            for row in 0..<rowCount {
                let value = Double(patches.values[row * patches.patchSize + firstTerm + term])
                sum += value
                squares += value * value
            }
            let mean = sum / Double(rowCount)
            return Float(max(squares / Double(rowCount) - mean * mean, 0))
        }
    }

    /// R[i][j] / R[j][j] for i < j, where R[i][j] = L[n-1-i][n-1-j] and L is the factor in reverse order.
    private static func feedback(from factor: [Float], size: Int) -> [Float] {
        var result = [Float](repeating: 0, count: size * size)
        let last = size - 1
        for row in 0..<size {
            for column in row + 1..<max(size, row + 1) {
                let diagonal = factor[(last - column) * size + last - column]
                result[row * size + column] = factor[(last - row) * size + last - column] / diagonal
            }
        }
        return result
    }

    private static let blockSize = 64

    /// Rounds the rows of a group's weights.
    ///
    /// - Parameters:
    ///   - weights: one row of `termCount` for each scale.
    ///   - scales: one for each row.
    /// - Complexity: O(rows * terms²), in matrix products but for the diagonal blocks.
    package func round(_ weights: [Float], scales: [Float]) -> [Int8] {
        let terms = order.count
        let rows = scales.count
        var targets = [Float](repeating: 0, count: rows * terms)
        for row in 0..<rows {
            for term in 0..<terms { targets[row * terms + term] = weights[row * terms + order[term]] }
        }
        let ordered = targets
        var errors = [Float](repeating: 0, count: rows * terms)
        var integers = [Int8](repeating: 0, count: rows * terms)
        for start in Swift.stride(from: 0, to: terms, by: Self.blockSize) {
            let end = min(start + Self.blockSize, terms)
            for row in 0..<rows {
                for term in start..<end {
                    let integer = WeightQuantizer.integer(of: targets[row * terms + term], scale: scales[row])
                    let error = ordered[row * terms + term] - Float(integer) * scales[row]
                    integers[row * terms + order[term]] = integer
                    errors[row * terms + term] = error
                    for later in term + 1..<max(end, term + 1) {
                        targets[row * terms + later] += error * feedback[term * terms + later]
                    }
                }
            }
            propagate(errors, into: &targets, rows: rows, block: start..<end)
        }
        return integers
    }

    /// Adds what a finished block of errors asks of all weights after it.
    private func propagate(_ errors: [Float], into targets: inout [Float], rows: Int, block: Range<Int>) {
        let terms = order.count
        let later = terms - block.upperBound
        guard later > 0 else { return }
        errors.withUnsafeBufferPointer { errors in
            feedback.withUnsafeBufferPointer { feedback in
                targets.withUnsafeMutableBufferPointer { targets in
                    guard let left = errors.baseAddress, let right = feedback.baseAddress,
                        let result = targets.baseAddress
                    else { return }
                    cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(later), blasint(block.count),
                        1, left + block.lowerBound, blasint(terms),
                        right + block.lowerBound * terms + block.upperBound, blasint(terms), 1,
                        result + block.upperBound, blasint(terms))
                }
            }
        }
    }
}
