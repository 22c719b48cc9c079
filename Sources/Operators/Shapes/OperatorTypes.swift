import ONNX
import Tensors

/// The types of a node's outputs, from those of its inputs: ONNX's shape inference, for shapes that are all known.
///
/// Checks a node completely against its operator's definition: number of inputs and outputs, attributes and their kinds,
/// element types and shapes. What passes here is what executors may rely on.
public enum OperatorTypes {
    /// The most bytes that one value may take. Far above any network's; stops damaged ones before they allocate.
    public static let maximumByteCount = 1 << 36

    /// The largest extent, and the largest of other integers that shapes are computed from. Products of two fit an Int.
    static let maximumExtent = 1 << 31

    /// Infers the types of all outputs of a node, in order; those that the node does not name are included where the
    /// operator defines them.
    ///
    /// - Parameters:
    ///   - inputs: a type for each of the node's inputs, nil where an optional one is absent.
    ///   - constants: the inputs' values where they are known; may be shorter than `inputs`. Operators whose output shape
    ///     depends on a value (Reshape, Slice, ...) need those.
    /// - Throws: ``OperatorError`` with the node, its operator, and the attribute at fault.
    public static func infer(
        node: Node, inputs: [ValueType?], constants: [Tensor?] = [], operatorSetVersion: Int
    ) throws(OperatorError) -> [ValueType] {
        guard node.domain.isEmpty, let forms = forms[node.operatorType] else {
            throw .unsupportedOperator(node: node.name, operatorType: node.operatorType, domain: node.domain)
        }
        let call = OperatorCall(node: node, inputs: inputs, constants: constants, version: operatorSetVersion)
        guard let form = forms.last(where: { $0.versions.contains(operatorSetVersion) }) else {
            throw call.invalid(
                "its form of operator set \(operatorSetVersion) is not supported; export with 13 or later")
        }
        try call.check(against: form)
        let outputs = try form.infer(call)
        guard outputs.count >= node.outputs.count else {
            throw call.invalid("output \(outputs.count) is not supported")
        }
        for output in outputs { try call.check(output) }
        return outputs
    }

    /// Whether an operator of the default domain is known, in some version of the operator set.
    public static func supports(_ operatorType: String) -> Bool { forms[operatorType] != nil }

    /// All operators known, sorted by name.
    public static var supportedOperators: [String] { forms.keys.sorted() }

    private static let forms: [String: [OperatorForm]] = {
        let families = [
            elementwiseForms, normalizationForms, movementForms, indexingForms, shapeForms, convolutionForms,
            matrixForms,
            reductionForms, quantizationForms, resizeForms,
        ]
        return families.reduce(into: [:]) { all, family in
            all.merge(family) { _, _ in preconditionFailure("an operator is listed twice") }
        }
    }()
}
