import ONNX
import Tensors

/// A graph whose every value has a known shape and element type, and whose constant parts are folded into initialisers.
///
/// This is what the reference executor, the quantiser and the engine work on.
public struct StaticGraph: Sendable {
    /// The simplified graph; all its input dimensions are fixed.
    public var graph: Graph

    /// The type of every value in the graph: inputs, initialisers and node outputs.
    public var types: [String: ValueType]

    public init(graph: Graph, types: [String: ValueType]) {
        self.graph = graph
        self.types = types
    }
}

/// Shape and element type of a value.
public struct ValueType: Sendable, Hashable {
    public var shape: Shape
    public var elementType: ElementType

    public init(shape: Shape, elementType: ElementType) {
        self.shape = shape
        self.elementType = elementType
    }
}
