import Tensors

/// A value that the engine computes, kept in ONNX order.
public struct EngineOutput: Sendable, Hashable {
    public let name: String
    public let shape: Shape
    public let elementType: ElementType
}
