import Tensors

/// One operation of a ``Graph``.
public struct Node: Sendable {
    /// The node's name; import invents a unique one (`Conv_17`) where the file has none.
    public var name: String

    /// The operator, such as `Conv`.
    public var operatorType: String

    /// The operator's domain; empty for `ai.onnx`.
    public var domain: String

    /// Names of the values read; an empty name stands for an optional input that is absent.
    public var inputs: [String]

    /// Names of the values written; an empty name stands for an optional output that nobody wants.
    public var outputs: [String]

    public var attributes: [String: AttributeValue]

    public init(
        name: String, operatorType: String, domain: String = "", inputs: [String], outputs: [String],
        attributes: [String: AttributeValue] = [:]
    ) {
        self.name = name
        self.operatorType = operatorType
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }
}

/// The value of a node's attribute.
public enum AttributeValue: Sendable {
    case int(Int)
    case float(Float)
    case string(String)
    case tensor(Tensor)
    case ints([Int])
    case floats([Float])
    case strings([String])
    /// A branch of an `If`. It has no inputs of its own; what it reads from the graph around it, the node has among its inputs.
    case graph(Graph)
}
