import Tensors

/// The checked geometry of a matrix product as NumPy defines it: batches broadcast, vectors become matrices.
struct MatrixProductPlan {
    let result: Shape
    private let batch: Shape
    private let rows: Int
    private let depth: Int
    private let columns: Int
    private let left: Shape
    private let right: Shape

    init(_ call: OperatorInvocation, _ left: Shape, _ right: Shape) throws(OperatorError) {
        guard left.rank >= 1, right.rank >= 1 else { throw call.failure("a scalar cannot be multiplied as a matrix") }
        self.left = left.rank == 1 ? Shape([1] + left.dimensions) : left
        self.right = right.rank == 1 ? Shape(right.dimensions + [1]) : right
        rows = self.left[self.left.rank - 2]
        depth = self.left[self.left.rank - 1]
        columns = self.right[self.right.rank - 1]
        guard self.right[self.right.rank - 2] == depth,
            let batch = Shape(Array(self.left.dimensions.dropLast(2))).broadcast(
                with: Shape(Array(self.right.dimensions.dropLast(2))))
        else { throw call.failure("shapes \(left) and \(right) cannot be multiplied") }
        self.batch = batch
        let kept = (left.rank == 1 ? [] : [rows]) + (right.rank == 1 ? [] : [columns])
        result = Shape(batch.dimensions + kept)
        try call.checkSize(result)
        try call.checkWork([result.elementCount, depth])
        try call.checkSize([depth, TileProduct.width])
        try call.checkSize([rows, TileProduct.width])
    }

    /// For each element, products are added in order of the shared axis.
    ///
    /// - Precondition: both tensors have elements of that type, and the shapes given to the initialiser.
    func run<Element: NumericElement>(_ leftTensor: Tensor, _ rightTensor: Tensor, as _: Element.Type) -> Tensor {
        var output = Tensor(zeros: result, elementType: Element.elementType)
        guard result.elementCount > 0, depth > 0 else { return output }
        let plan = BatchPlan(left: left, right: right, batch: batch)
        leftTensor.withElements(as: Element.self) { left in
            rightTensor.withElements(as: Element.self) { right in
                output.withMutableElements(as: Element.self) { output in
                    guard let left = left.baseAddress, let right = right.baseAddress, let output = output.baseAddress
                    else { return }
                    for index in 0..<plan.count {
                        multiply(
                            left + plan.left[index], right + plan.right[index], output + index * rows * columns)
                    }
                }
            }
        }
        return output
    }

    private func multiply<Element: NumericElement>(
        _ left: UnsafePointer<Element>, _ right: UnsafePointer<Element>, _ output: UnsafeMutablePointer<Element>
    ) {
        let width = TileProduct.width
        var tile = [Element](repeating: .zero, count: depth * width)
        var sums = [Element](repeating: .zero, count: rows * width)
        tile.withUnsafeMutableBufferPointer { tile in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let tile = tile.baseAddress, let sumBase = sums.baseAddress else { return }
                for start in stride(from: 0, to: columns, by: width) {
                    let count = min(width, columns - start)
                    for step in 0..<depth {
                        for column in 0..<count { tile[step * width + column] = right[step * columns + start + column] }
                    }
                    sums.update(repeating: .zero)
                    TileProduct.accumulate(
                        rows: rows, depth: depth, coefficients: left, stride: depth, columns: tile, sums: sumBase)
                    for row in 0..<rows {
                        for column in 0..<count {
                            output[row * columns + start + column] = sumBase[row * width + column]
                        }
                    }
                }
            }
        }
    }

    /// Where each pair of matrices starts.
    private struct BatchPlan {
        var left: [Int] = []
        var right: [Int] = []
        var count: Int { left.count }

        init(left leftShape: Shape, right rightShape: Shape, batch: Shape) {
            left = Self.starts(leftShape, batch)
            right = Self.starts(rightShape, batch)
        }

        private static func starts(_ shape: Shape, _ batch: Shape) -> [Int] {
            let outer = Shape(Array(shape.dimensions.dropLast(2)))
            let matrix = shape[shape.rank - 1] * shape[shape.rank - 2]
            let tables = IndexedCopy.broadcastStrides(outer, to: batch).enumerated().map { axis, stride in
                (0..<batch[axis]).map { $0 * stride * matrix }
            }
            var starts: [Int] = []
            IndexedCopy.forEachBase(tables) { starts.append($0) }
            return starts
        }
    }
}
