import Tensors

/// A tensor rearranged so that the elements which are taken together lie side by side.
struct ReducedRows {
    /// The kept axes in order, then the reduced ones.
    let elements: Tensor

    /// Elements in a row: the product of the reduced axes.
    let extent: Int

    let rowCount: Int

    private let order: [Int]
    private let keptAxes: [Int]
    private let input: Shape

    /// - Precondition: `axes` exist and are different.
    init(_ tensor: Tensor, axes: [Int]) {
        input = tensor.shape
        keptAxes = (0..<input.rank).filter { !axes.contains($0) }
        order = keptAxes + axes.sorted()
        elements = IndexedCopy.transposed(tensor, order: order)
        let shape = input
        extent = axes.reduce(1) { $0 * shape[$1] }
        rowCount = keptAxes.reduce(1) { $0 * shape[$1] }
    }

    /// The shape of one result per row.
    func shape(keepingAxes: Bool) -> Shape {
        keepingAxes
            ? Shape((0..<input.rank).map { keptAxes.contains($0) ? input[$0] : 1 }) : Shape(keptAxes.map { input[$0] })
    }

    /// Values in the order of ``elements``, brought back to the order of the tensor.
    func restored<Element: TensorElement>(_ values: [Element]) -> [Element] {
        var inverse = order
        for (place, axis) in order.enumerated() { inverse[axis] = place }
        return IndexedCopy.transposed(Tensor(values, shape: elements.shape), order: inverse).array(of: Element.self)
    }
}
