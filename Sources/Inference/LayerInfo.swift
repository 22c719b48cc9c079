import Tensors

/// One step of the compiled network.
public struct LayerInfo: Sendable, Hashable {
    /// How a layer is computed.
    public enum Kind: String, Sendable, Hashable {
        /// Integer kernels.
        case int8
        /// Single-precision kernels.
        case float
        /// Data is moved, unchanged or converted.
        case movement
        /// The plain executor's operator: slow, allocates. Listed so that nobody is surprised.
        case reference
    }

    /// Name of the ONNX node that the step computes (the last one, where several were fused).
    public var name: String
    /// Operators that the step computes, joined by `+`.
    public var operatorType: String
    public var kind: Kind
    /// Shape of the (first) value written.
    public var shape: Shape
    /// Multiplications with accumulation, 0 for layers that have none.
    public var multiplyAccumulates: Int
    /// Bytes of weights, inputs and outputs.
    public var bytes: Int
}
