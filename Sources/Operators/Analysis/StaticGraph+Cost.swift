import ONNX
import Tensors

extension StaticGraph {
    /// The multiply-accumulate operations of one run of a node: those of convolutions and matrix products; 0 for others.
    ///
    /// Padding counts as if it were multiplied, as is usual.
    public func multiplyAccumulates(of node: Node) -> Int {
        guard node.domain.isEmpty, let output = node.outputs.first.flatMap({ types[$0] })?.shape else { return 0 }
        switch node.operatorType {
        case "Conv", "ConvInteger": return output.elementCount * taps(of: node, weights: 1)
        case "QLinearConv": return output.elementCount * taps(of: node, weights: 3)
        case "ConvTranspose":
            // Each input element meets all weights of its channel.
            guard let input = shape(of: node, 0) else { return 0 }
            return input.elementCount * taps(of: node, weights: 1)
        case "MatMul", "MatMulInteger", "QLinearMatMul":
            return output.elementCount * (shape(of: node, 0)?.dimensions.last ?? 0)
        case "Gemm":
            var isTransposed = false
            if case .int(let flag)? = node.attributes["transA"] { isTransposed = flag != 0 }
            guard let left = shape(of: node, 0), left.rank == 2 else { return 0 }
            return output.elementCount * left[isTransposed ? 0 : 1]
        default: return 0
        }
    }

    /// The weights behind one output (or, transposed, one input) channel.
    private func taps(of node: Node, weights index: Int) -> Int {
        shape(of: node, index)?.dimensions.dropFirst().reduce(1, *) ?? 0
    }

    private func shape(of node: Node, _ index: Int) -> Shape? {
        node.inputs.count > index ? types[node.inputs[index]]?.shape : nil
    }
}
