import ONNX
import Operators
import SightlineInference
import Tensors

/// A quantised network in miniature: a picture's first layer, curves, a depthwise layer, a residual sum, pooling, a
/// concatenation, a transposed convolution and a float tail.
enum SmallNetwork {
    static func builder(seed: UInt64 = 7) -> GraphBuilder {
        var builder = GraphBuilder(seed: seed)
        let picture = builder.quantized(builder.input([1, 3, 48, 64], range: 1), scale: 1 / 255, zeroPoint: 0)
        let first = builder.silu(builder.convolution(picture, 3, 16, kernel: 3, stride: 2))
        let stem = builder.quantized(first, scale: 0.02, zeroPoint: 14)
        let wide = builder.quantized(builder.silu(builder.convolution(stem, 16, 16)), scale: 0.02, zeroPoint: 14)
        let deep = builder.depthwise(wide, 16)
        let summed = builder.quantized(builder.node("Add", [deep, stem]), scale: 0.04, zeroPoint: 100)
        let pooled = builder.node(
            "MaxPool", [summed],
            ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1]), "strides": .ints([1, 1])])
        let joined = builder.quantized(
            builder.node("Concat", [pooled, wide], ["axis": .int(1)]), scale: 0.04, zeroPoint: 100)
        let last = builder.convolution(joined, 32, 24)
        builder.output(builder.node("Sigmoid", [last]))
        return builder
    }

    /// As a file would hold it: the graph and the values that it must compute.
    static func graph() throws -> StaticGraph { try builder().graph.specialized() }
}

extension GraphBuilder {
    mutating func silu(_ x: String) -> String { node("Mul", [x, node("Sigmoid", [x])]) }

    mutating func convolution(_ x: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1) -> String {
        let weights = quantizedWeights([outputs, inputs, kernel, kernel], scales: 0.002...0.006)
        let pads = [Int](repeating: kernel / 2, count: 4)
        return node(
            "Conv", [x, weights, constant([outputs])], ["pads": .ints(pads), "strides": .ints([stride, stride])])
    }

    mutating func depthwise(_ x: String, _ channels: Int) -> String {
        let weights = quantizedWeights([channels, 1, 3, 3], scales: 0.002...0.006)
        return quantized(
            node(
                "Conv", [x, weights, constant([channels])],
                ["group": .int(channels), "pads": .ints([1, 1, 1, 1])]), scale: 0.03, zeroPoint: 128)
    }
}
