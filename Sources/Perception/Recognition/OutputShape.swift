import ONNX
import Tensors

/// One output of a network with its fixed shape.
struct OutputShape {
    var name: String
    var dimensions: [Int]
    var elementType: ElementType

    var isInteger: Bool { elementType != .float32 && elementType != .float16 && elementType != .float64 }

    var description: String {
        "\(name) (\(dimensions.map(String.init).joined(separator: ", "))) \(elementType)"
    }
}
