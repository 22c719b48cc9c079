import CKernels
import ONNX
import Tensors

/// Maximum and average pooling.
extension Lowering {
    mutating func lowerPool(_ node: Node, isMaximum: Bool) throws(EngineError) {
        if isMaximum, try lowerQuantizedPool(node) { return }
        let name = try requiredInput(0, of: node)
        let inputShape = try shape(of: name, in: node)
        let outputShape = try shape(of: node.outputs[0], in: node)
        guard inputShape.count == 3 || inputShape.count == 4, node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
            return try lowerReference(node)
        }
        let isGlobal = node.operatorType.hasPrefix("Global")
        let window = try WindowAttributes(
            node, kernel: isGlobal ? Array(inputShape.dropFirst(2)) : nil, input: inputShape, output: outputShape)
        let input = try channelsLast(name, for: node).asImage
        let output = makeFeatureMap(node.outputs[0], shape: outputShape)
        try define(node.outputs[0], .stored(output), in: node)
        let countsPadding = try NodeAttributes(node).int("count_include_pad", default: 0) != 0
        let floatKernels = floatKernels
        append(
            node, kind: .float, reads: [input], writes: [output],
            scratchBytes: FloatWindowStep.poolScratchBytes(width: input.shape[3], channels: input.shape[1])
        ) { resolver in
            let from = resolver.resolve(input).featureMap(of: Float.self)
            let to = resolver.resolve(output.asImage).featureMap(of: Float.self)
            let operation: FloatWindowStep.Operation =
                isMaximum
                ? .maximum
                : .average(
                    reciprocals: ConstantMemory(
                        Self.reciprocals(window.shape, input: from, output: to, countsPadding: countsPadding)))
            return FloatWindowStep(operation, window.shape, input: from, output: to, kernels: floatKernels)
        }
    }

    /// One over the number of pixels that each output's window holds; padding counts where the network says so, what a
    /// rounded-up output extent adds behind it never does.
    private static func reciprocals(
        _ shape: WindowShape, input: FeatureMap<Float>, output: FeatureMap<Float>, countsPadding: Bool
    ) -> [Float] {
        func counts(
            _ outputs: Int, _ extent: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int
        )
            -> [Int]
        {
            (0..<outputs).map { output in
                (0..<kernel).count { tap in
                    let position = output * stride + tap * dilation - before
                    return countsPadding ? position < extent + after : position >= 0 && position < extent
                }
            }
        }
        let rows = counts(
            output.height, input.height, shape.kernelHeight, shape.strideHeight, shape.dilationHeight, shape.top,
            shape.bottom)
        let columns = counts(
            output.width, input.width, shape.kernelWidth, shape.strideWidth, shape.dilationWidth, shape.left,
            shape.right)
        return rows.flatMap { row in columns.map { 1 / Float(max(row * $0, 1)) } }
    }
}
