import Tensors

/// A network as ONNX describes it: nodes that read and write values known by their names.
///
/// A graph is a plain value. Import, export and every pass work on it; nothing in it says how it will be run.
public struct Graph: Sendable {
    public var name: String

    /// The version of the default operator set (`ai.onnx`) that the nodes follow.
    public var operatorSetVersion: Int

    /// What the caller provides, in order. Initialisers are not inputs, whatever the file says.
    public var inputs: [ValueInfo]

    /// What the caller receives, in order.
    public var outputs: [ValueInfo]

    /// In topological order: every value is written before it is read.
    public var nodes: [Node]

    /// Constant values by name.
    public var initializers: [String: Tensor]

    /// The file's `metadata_props`, as written there.
    public var metadata: [String: String]

    public init(
        name: String, operatorSetVersion: Int, inputs: [ValueInfo] = [], outputs: [ValueInfo] = [], nodes: [Node] = [],
        initializers: [String: Tensor] = [:], metadata: [String: String] = [:]
    ) {
        self.name = name
        self.operatorSetVersion = operatorSetVersion
        self.inputs = inputs
        self.outputs = outputs
        self.nodes = nodes
        self.initializers = initializers
        self.metadata = metadata
    }

    /// Values that nodes or outputs read and that nothing in the graph provides: those of the graph around a branch.
    public var namesFromOutside: Set<String> {
        let read = Set(nodes.lazy.flatMap(\.inputs)).union(outputs.lazy.map(\.name))
        let provided = Set(nodes.lazy.flatMap(\.outputs)).union(initializers.keys).union(inputs.lazy.map(\.name))
        return read.subtracting(provided).subtracting([""])
    }
}
