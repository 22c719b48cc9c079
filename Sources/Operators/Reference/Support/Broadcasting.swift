import Tensors

/// Elementwise functions of two tensors whose shapes are broadcast together.
enum Broadcasting {
    /// `body` of every pair of elements.
    ///
    /// - Precondition: `shape` is both tensors' common shape, and its size has been checked.
    @inline(__always)
    static func map<Left: TensorElement, Right: TensorElement, Result: TensorElement>(
        _ left: Tensor, _ right: Tensor, to shape: Shape, _ body: (Left, Right) -> Result
    ) -> Tensor {
        var result = Tensor(zeros: shape, elementType: Result.elementType)
        guard shape.elementCount > 0 else { return result }
        let plan = BroadcastPlan(left.shape, right.shape, shape)
        left.withElements(as: Left.self) { left in
            right.withElements(as: Right.self) { right in
                result.withMutableElements(as: Result.self) { result in
                    var position = 0
                    plan.forEachRow { leftStart, rightStart in
                        if plan.leftStep == 1 && plan.rightStep == 1 {
                            for index in 0..<plan.rowCount {
                                result[position + index] = body(left[leftStart + index], right[rightStart + index])
                            }
                        } else if plan.leftStep == 1 {
                            let constant = right[rightStart]
                            for index in 0..<plan.rowCount {
                                result[position + index] = body(left[leftStart + index], constant)
                            }
                        } else {
                            for index in 0..<plan.rowCount {
                                result[position + index] = body(
                                    left[leftStart], right[rightStart + index * plan.rightStep])
                            }
                        }
                        position += plan.rowCount
                    }
                }
            }
        }
        return result
    }
}
