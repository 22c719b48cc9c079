import ONNX
import Operators
import Tensors

/// Evaluates one operator, as tests write it down.
///
/// - Returns: all outputs.
func evaluateAll(
    _ operatorType: String, _ inputs: [Tensor?], _ attributes: [String: AttributeValue] = [:], version: Int = 17,
    outputs: Int = 1
) throws(OperatorError) -> [Tensor] {
    let node = Node(
        name: "node", operatorType: operatorType, inputs: inputs.indices.map { inputs[$0] == nil ? "" : "input\($0)" },
        outputs: (0..<outputs).map { "output\($0)" }, attributes: attributes)
    return try ReferenceOperators.evaluate(node, inputs: inputs, operatorSetVersion: version)
}

/// Evaluates one operator with a single output.
func evaluate(
    _ operatorType: String, _ inputs: [Tensor?], _ attributes: [String: AttributeValue] = [:], version: Int = 17
) throws(OperatorError) -> Tensor {
    try evaluateAll(operatorType, inputs, attributes, version: version)[0]
}

/// A single-precision tensor.
func floats(_ elements: [Float], _ shape: Shape) -> Tensor { Tensor(elements, shape: shape) }

/// A vector of 64-bit integers: axes, extents, indices.
func integers(_ elements: Int64...) -> Tensor { Tensor(elements, shape: [elements.count]) }

/// The numbers from `start` on, by one, in a tensor of that shape.
func counting(_ shape: Shape, from start: Float = 0) -> Tensor {
    Tensor((0..<shape.elementCount).map { start + Float($0) }, shape: shape)
}
