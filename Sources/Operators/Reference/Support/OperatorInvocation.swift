import ONNX
import Tensors

/// A node together with the values of its inputs: what the function of an operator works on.
struct OperatorInvocation {
    let node: Node

    /// Without absent inputs at the end.
    let inputs: [Tensor?]

    /// The version of the operator set.
    let version: Int

    // MARK: Errors

    func failure(_ detail: String) -> OperatorError {
        .invalidNode(node: node.name, operatorType: node.operatorType, detail: detail)
    }

    func unsupported(_ attribute: String, _ detail: String) -> OperatorError {
        .unsupportedAttribute(
            node: node.name, operatorType: node.operatorType, attribute: attribute, detail: detail)
    }

    func unsupportedType(_ tensor: Tensor) -> OperatorError {
        failure("elements of type \(tensor.elementType) are not supported")
    }

    // MARK: Results

    /// A tensor of zeros, unless its size is beyond reason.
    func zeros(_ shape: Shape, _ elementType: ElementType) throws(OperatorError) -> Tensor {
        try checkSize(shape)
        return Tensor(zeros: shape, elementType: elementType)
    }

    /// Refuses shapes with negative extents, and those whose tensor would be beyond reason. Extents of 0 count as 1, so
    /// that tables and loops over the other axes stay within reason as well.
    func checkSize(_ shape: Shape) throws(OperatorError) {
        let limit = ReferenceOperators.maximumElementCount
        guard shape.dimensions.allSatisfy({ $0 >= 0 }),
            let count = Shape(shape.dimensions.map { max($0, 1) }).checkedElementCount, count <= limit
        else { throw failure("a tensor of \(shape) is not possible; at most \(limit) elements are supported") }
    }

    /// Refuses loops that would not end within reason.
    func checkWork(_ extents: [Int]) throws(OperatorError) {
        let limit = ReferenceOperators.maximumOperationCount
        guard let count = Shape(extents).checkedElementCount, count <= limit else {
            throw failure("needs more than \(limit) multiplications")
        }
    }

    // MARK: Half precision

    /// The same node with its half-precision inputs converted to single precision.
    func widened() -> OperatorInvocation {
        let inputs = inputs.map { input in
            guard let input, input.elementType == .float16 else { return input }
            return Tensor(input.array(of: Float16.self).map { Float($0) }, shape: input.shape)
        }
        return OperatorInvocation(node: node, inputs: inputs, version: version)
    }

    /// A single-precision result converted to half precision; any other is returned as it is.
    static func narrowed(_ tensor: Tensor) -> Tensor {
        guard tensor.elementType == .float32 else { return tensor }
        return Tensor(tensor.array(of: Float.self).map { Float16($0) }, shape: tensor.shape)
    }
}
