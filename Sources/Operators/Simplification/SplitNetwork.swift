import ONNX

/// A network in two parts: the body, whose every shape is known at load, and a tail whose sizes depend on what is in the
/// picture.
///
/// The body is for an engine, the tail for a ``ReferenceExecutor``: it works on a few numbers that the body has boiled the
/// picture down to, and allocates.
public struct SplitNetwork: Sendable {
    /// Its outputs are those of the network that are of known size, then what the tail reads.
    public var body: StaticGraph

    /// Its inputs are outputs of the body, or inputs of the network, by name; its outputs are the network's other ones.
    public var tail: Graph?

    /// Names of the network's own outputs, in its order.
    public var outputNames: [String]

    public init(body: StaticGraph, tail: Graph?, outputNames: [String]) {
        self.body = body
        self.tail = tail
        self.outputNames = outputNames
    }
}
