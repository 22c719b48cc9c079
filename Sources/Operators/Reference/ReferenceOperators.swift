import ONNX
import Tensors

/// ONNX operators in plain loops: the definition that engine, quantiser and constant folding are tested against.
///
/// Everything is written after the operator's text in the ONNX specification, for any rank, and takes tensors of the
/// element types that the specification allows among those of ``ElementType``. Attributes are read as the version of
/// the operator set defines them. What is not implemented is refused by name; nothing is ignored.
///
/// Sums of convolutions and matrix products are accumulated in the tensors' own type, in one fixed order. Other
/// functions of floating-point numbers are computed in double precision and rounded once; half precision is computed
/// in single.
public enum ReferenceOperators {
    /// Versions of the default operator set whose definitions the implementations follow. Networks use 11 to 22;
    /// single operators of older and newer sets occur in the ONNX project's own tests.
    public static let supportedVersions = 9...25

    /// The most elements that a tensor may have, counting extents of 0 as 1. A damaged file can ask for anything; real
    /// networks stay far below.
    public static let maximumElementCount = 1 << 27

    /// The most multiplications that one node may ask for: minutes of work.
    public static let maximumOperationCount = 1 << 40

    /// Computes one node.
    ///
    /// - Parameters:
    ///   - inputs: in the node's order; nil for an optional input that is absent.
    ///   - operatorSetVersion: the version of `ai.onnx` that the node's graph follows.
    /// - Returns: one tensor for each of the node's outputs, in order.
    public static func evaluate(
        _ node: Node, inputs: [Tensor?], operatorSetVersion: Int
    ) throws(OperatorError) -> [Tensor] {
        let implementation = try implementation(of: node, operatorSetVersion: operatorSetVersion)
        var inputs = inputs
        while let last = inputs.last, last == nil { inputs.removeLast() }
        let call = OperatorInvocation(node: node, inputs: inputs, version: operatorSetVersion)
        try implementation.check(call)
        for case let input? in inputs { try call.checkSize(input.shape) }

        let isHalf = implementation.widensHalf && inputs.contains { $0?.elementType == .float16 }
        let results =
            isHalf
            ? try implementation.evaluate(call.widened()).map(OperatorInvocation.narrowed)
            : try implementation.evaluate(call)
        guard results.count >= node.outputs.count else {
            throw call.failure("has \(node.outputs.count) outputs where \(results.count) are supported")
        }
        return Array(results.prefix(node.outputs.count))
    }

    /// Whether an implementation exists for a node's operator and its attributes.
    public static func check(_ node: Node, operatorSetVersion: Int) throws(OperatorError) {
        let call = OperatorInvocation(node: node, inputs: [], version: operatorSetVersion)
        try implementation(of: node, operatorSetVersion: operatorSetVersion).checkAttributes(call)
    }

    private static func implementation(
        of node: Node, operatorSetVersion: Int
    ) throws(OperatorError) -> ReferenceOperator {
        guard supportedVersions.contains(operatorSetVersion) else {
            throw .unsupportedOperatorSet(version: operatorSetVersion)
        }
        guard node.domain.isEmpty || node.domain == "ai.onnx", let implementation = table[node.operatorType],
            implementation.versions.contains(operatorSetVersion)
        else {
            throw .unsupportedOperator(node: node.name, operatorType: node.operatorType, domain: node.domain)
        }
        return implementation
    }
}
