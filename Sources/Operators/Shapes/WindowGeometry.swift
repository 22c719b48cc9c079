import ONNX
import Tensors

/// How a sliding window (of a convolution or a pooling) lies over its input: all that `kernel_shape`, `strides`,
/// `dilations`, `pads`, `auto_pad` and `ceil_mode` say, resolved for one input shape.
///
/// Arrays have an entry for each spatial axis, so two for pictures: height, width.
struct WindowGeometry: Hashable {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var padsBefore: [Int]
    var padsAfter: [Int]
    /// The output's spatial extents.
    var output: [Int]
}

extension OperatorCall {
    /// The window of a convolution or pooling over an input of the given spatial extents.
    func window(kernel: [Int], over input: [Int]) throws(OperatorError) -> WindowGeometry {
        var window = try openWindow(kernel: kernel)
        let usesCeiling = flag("ceil_mode")
        let automatic = string("auto_pad", default: "NOTSET")
        for axis in input.indices {
            let reach = (kernel[axis] - 1) * window.dilations[axis] + 1
            let stride = window.strides[axis]
            switch automatic {
            case "SAME_UPPER", "SAME_LOWER":
                window.output[axis] = (input[axis] + stride - 1) / stride
                let padding = max((window.output[axis] - 1) * stride + reach - input[axis], 0)
                window.padsBefore[axis] = automatic == "SAME_UPPER" ? padding / 2 : padding - padding / 2
                window.padsAfter[axis] = padding - window.padsBefore[axis]
            case "NOTSET", "VALID":
                if automatic == "VALID" { (window.padsBefore[axis], window.padsAfter[axis]) = (0, 0) }
                let room = input[axis] + window.padsBefore[axis] + window.padsAfter[axis] - reach
                guard room >= 0 else { throw invalid("its window of \(reach) is wider than the padded input") }
                window.output[axis] = (usesCeiling ? room + stride - 1 : room) / stride + 1
                // A window that would start in the padding behind the input is dropped.
                if usesCeiling, (window.output[axis] - 1) * stride >= input[axis] + window.padsBefore[axis] {
                    window.output[axis] -= 1
                }
            default: throw unsupported("auto_pad", "'\(automatic)' is not known")
            }
        }
        return window
    }

    /// The window of a transposed convolution.
    func transposedWindow(kernel: [Int], over input: [Int]) throws(OperatorError) -> WindowGeometry {
        var window = try openWindow(kernel: kernel)
        let count = input.count
        let bound = OperatorTypes.maximumExtent
        let outputPadding = try spatial("output_padding", count: count, default: 0, in: 0...bound)
        let outputShape =
            ints("output_shape") == nil
            ? nil : try spatial("output_shape", count: count, default: 0, in: 0...bound)
        let automatic = string("auto_pad", default: "NOTSET")
        guard ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(automatic) else {
            throw unsupported("auto_pad", "'\(automatic)' is not known")
        }
        for axis in input.indices {
            let reach = (kernel[axis] - 1) * window.dilations[axis] + 1
            let full = window.strides[axis] * (input[axis] - 1) + outputPadding[axis] + reach
            let wanted = outputShape?[axis] ?? (automatic.hasPrefix("SAME") ? input[axis] * window.strides[axis] : nil)
            if automatic == "VALID" { (window.padsBefore[axis], window.padsAfter[axis]) = (0, 0) }
            if let wanted {
                let padding = max(full - wanted, 0)
                let half = padding / 2
                window.padsBefore[axis] = automatic == "SAME_UPPER" ? half : padding - half
                window.padsAfter[axis] = padding - window.padsBefore[axis]
                window.output[axis] = wanted
            } else {
                window.output[axis] = full - window.padsBefore[axis] - window.padsAfter[axis]
            }
            guard window.output[axis] > 0 else { throw invalid("nothing is left of axis \(axis + 2)") }
        }
        return window
    }

    private func openWindow(kernel: [Int]) throws(OperatorError) -> WindowGeometry {
        let count = kernel.count
        let bound = OperatorTypes.maximumExtent
        guard kernel.allSatisfy({ (1...bound).contains($0) }) else {
            throw unsupported("kernel_shape", "\(kernel) is not possible")
        }
        let strides = try spatial("strides", count: count, default: 1, in: 1...bound)
        let dilations = try spatial("dilations", count: count, default: 1, in: 1...bound)
        let pads = try paddings(count: count)
        return WindowGeometry(
            kernel: kernel, strides: strides, dilations: dilations, padsBefore: Array(pads[..<count]),
            padsAfter: Array(pads[count...]), output: [Int](repeating: 0, count: count))
    }

    private func paddings(count: Int) throws(OperatorError) -> [Int] {
        guard let pads = ints("pads") else { return [Int](repeating: 0, count: 2 * count) }
        let bound = OperatorTypes.maximumExtent
        guard pads.count == 2 * count, pads.allSatisfy({ (0...bound).contains($0) }) else {
            throw unsupported("pads", "\(pads) is not possible for \(count) spatial axes")
        }
        return pads
    }
}
