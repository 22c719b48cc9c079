/// What is wrong with a graph, a node of it, or the values that were handed to it.
///
/// Prints itself as one line: what, which node, and what to do.
public enum OperatorError: Error, Sendable, Hashable {
    /// No implementation of the operator exists.
    case unsupportedOperator(node: String, operatorType: String, domain: String)

    /// The operator exists, but not with this attribute, or not with this value of it.
    case unsupportedAttribute(node: String, operatorType: String, attribute: String, detail: String)

    /// The node breaks the operator's definition: missing inputs, shapes or element types that do not fit.
    case invalidNode(node: String, operatorType: String, detail: String)

    /// The graph follows a version of the ONNX operator set that is outside of 11...22.
    case unsupportedOperatorSet(version: Int)

    /// What the caller gave does not fit the graph: an input that is absent, unknown, or of another shape or type.
    case invalidInput(name: String, detail: String)
}

extension OperatorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unsupportedOperator(let node, let operatorType, let domain):
            let name = domain.isEmpty ? operatorType : "\(domain).\(operatorType)"
            return "node '\(node)': operator \(name) is not supported; export the network without it"
        case .unsupportedAttribute(let node, let operatorType, let attribute, let detail):
            return "node '\(node)' (\(operatorType)): attribute '\(attribute)' is not supported: \(detail)"
        case .invalidNode(let node, let operatorType, let detail):
            return "node '\(node)' (\(operatorType)): \(detail)"
        case .unsupportedOperatorSet(let version):
            return "operator set \(version) is not supported; export the network with operator set 11 to 22"
        case .invalidInput(let name, let detail):
            return "input '\(name)': \(detail)"
        }
    }
}
