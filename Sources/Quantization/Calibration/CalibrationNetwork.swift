import Operators
import Tensors

/// A float network that shows its inner values: the reference executor, the engine, or anything else that computes.
///
/// The quantiser knows neither of them; it asks for values by name.
public protocol CalibrationNetwork {
    /// Computes the network on one sample and shows the values in `observing`, each exactly once and in any order.
    ///
    /// Names are values of the graph that the quantiser was given, its inputs included. Elements are row-major in the
    /// ONNX dimension order (NCHW); the buffer is valid during the call of `body` only.
    mutating func run(
        _ input: [String: Tensor], observing: [String],
        _ body: (_ name: String, _ elements: UnsafeBufferPointer<Float>, _ shape: Shape) -> Void
    ) throws(QuantizationError)

    /// A network of the same kind that computes another graph, here a quantised one; nil where that is not possible.
    ///
    /// With it the quantiser can look at what its own output computes: the error that builds up from layer to layer is
    /// then seen and compensated.
    func computing(_ graph: StaticGraph) throws(QuantizationError) -> Self?
}

extension CalibrationNetwork {
    public func computing(_ graph: StaticGraph) throws(QuantizationError) -> Self? { nil }
}
