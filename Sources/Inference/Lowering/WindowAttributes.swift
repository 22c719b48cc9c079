import ONNX
import Tensors

/// A Conv, ConvTranspose or pooling node's window, with defaults and automatic padding filled in.
struct WindowAttributes {
    let shape: WindowShape
    let groups: Int

    /// - Parameters:
    ///   - kernel: extents of the window's spatial axes where the node does not state them (the weights').
    ///   - input: the input's shape; `output` the output's shape.
    init(_ node: Node, kernel: [Int]?, input: [Int], output: [Int], isTransposed: Bool = false) throws(EngineError) {
        let attributes = NodeAttributes(node)
        let axes = input.count - 2
        guard axes == 1 || axes == 2 else {
            throw .unsupportedOperator(
                node: node.name, operatorType: node.operatorType,
                detail: "\(axes) spatial axes, where 1 or 2 are implemented")
        }
        guard let kernel = try attributes.ints("kernel_shape") ?? kernel, kernel.count == axes else {
            throw attributes.unsupported("kernel_shape", "it does not fit an input of shape \(Shape(input))")
        }
        let strides = try attributes.ints("strides") ?? [Int](repeating: 1, count: axes)
        let dilations = try attributes.ints("dilations") ?? [Int](repeating: 1, count: axes)
        guard strides.count == axes, dilations.count == axes, (strides + dilations + kernel).allSatisfy({ $0 > 0 }),
            (strides + dilations + kernel).allSatisfy({ $0 < 1 << 20 })
        else { throw attributes.unsupported("strides", "strides, dilations and kernel must be positive numbers") }
        var pads = try attributes.ints("pads") ?? [Int](repeating: 0, count: 2 * axes)
        guard pads.count == 2 * axes, pads.allSatisfy({ $0 >= 0 && $0 < 1 << 20 }) else {
            throw attributes.unsupported("pads", "expected \(2 * axes) numbers, none of them negative")
        }
        let automatic = try attributes.string("auto_pad", default: "NOTSET")
        if automatic == "SAME_UPPER" || automatic == "SAME_LOWER" || isTransposed {
            // What the output's known extent needs in all; where it is odd, SAME_LOWER puts more in front.
            for axis in 0..<axes where automatic != "NOTSET" || isTransposed {
                let window = dilations[axis] * (kernel[axis] - 1) + 1
                let total: Int
                if isTransposed {
                    guard automatic != "NOTSET" || node.attributes["output_shape"] != nil else { continue }
                    total = max(strides[axis] * (input[axis + 2] - 1) + window - output[axis + 2], 0)
                } else {
                    total = max((output[axis + 2] - 1) * strides[axis] + window - input[axis + 2], 0)
                }
                let first = automatic == "SAME_LOWER" ? (total + 1) / 2 : total / 2
                (pads[axis], pads[axis + axes]) = (first, total - first)
            }
        } else if automatic == "VALID" {
            pads = [Int](repeating: 0, count: 2 * axes)
        }
        let isImage = axes == 2
        shape = WindowShape(
            kernelHeight: isImage ? kernel[0] : 1, kernelWidth: kernel[axes - 1],
            strideHeight: isImage ? strides[0] : 1, strideWidth: strides[axes - 1],
            dilationHeight: isImage ? dilations[0] : 1, dilationWidth: dilations[axes - 1],
            top: isImage ? pads[0] : 0, left: pads[axes - 1], bottom: isImage ? pads[2] : 0,
            right: pads[2 * axes - 1])
        groups = try attributes.int("group", default: 1)
        guard groups > 0, input[1] % groups == 0, output[1] % groups == 0 || isTransposed else {
            throw attributes.unsupported("group", "\(groups) groups do not divide \(input[1]) channels")
        }
    }
}
