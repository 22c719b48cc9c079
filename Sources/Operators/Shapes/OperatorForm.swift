import ONNX

/// How an operator is written in a range of operator sets, and the rule for its outputs' types.
struct OperatorForm: Sendable {
    typealias Rule = @Sendable (OperatorCall) throws(OperatorError) -> [ValueType]

    var versions: ClosedRange<Int>
    var inputs: ClosedRange<Int>
    /// Inputs from this index on may be absent.
    var requiredInputs: Int
    var attributes: [String: AttributeKind]
    var infer: Rule

    /// - Parameters:
    ///   - inputs: how many inputs there may be; the lower bound must be there.
    ///   - attributes: all that are known; others are refused.
    init(
        since: Int = 1, until: Int = .max, inputs: ClosedRange<Int>, attributes: [String: AttributeKind] = [:],
        infer: @escaping Rule
    ) {
        versions = since...until
        self.inputs = inputs
        requiredInputs = inputs.lowerBound
        self.attributes = attributes
        self.infer = infer
    }
}

/// The kind of an attribute's value.
enum AttributeKind: String, Sendable {
    case int, float, string, tensor, ints, floats, strings, graph

    init(_ value: AttributeValue) {
        self =
            switch value {
            case .int: .int
            case .float: .float
            case .string: .string
            case .tensor: .tensor
            case .ints: .ints
            case .floats: .floats
            case .strings: .strings
            case .graph: .graph
            }
    }
}
