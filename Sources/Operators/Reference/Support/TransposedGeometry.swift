import Tensors

/// Extents and padding of a ConvTranspose node.
struct TransposedGeometry {
    let input: [Int]
    let kernel: [Int]
    let strides: [Int]
    let dilations: [Int]
    let padsBefore: [Int]
    let output: [Int]

    init(_ call: OperatorInvocation, input: [Int], kernel: [Int]) throws(OperatorError) {
        let rank = input.count
        if let given = try SpatialWindow.values("kernel_shape", call, rank, least: 1), given != kernel {
            throw call.failure("attribute 'kernel_shape' \(given) differs from the weights' \(kernel)")
        }
        guard input.allSatisfy({ (1...SpatialWindow.greatestAttribute).contains($0) }),
            kernel.allSatisfy({ (1...SpatialWindow.greatestAttribute).contains($0) })
        else { throw call.failure("an input of \(Shape(input)) and a kernel of \(Shape(kernel)) give no output") }
        let strides = try SpatialWindow.values("strides", call, rank, least: 1, default: 1)
        let dilations = try SpatialWindow.values("dilations", call, rank, least: 1, default: 1)
        let extra = try SpatialWindow.values("output_padding", call, rank, least: 0, default: 0)
        let pads = try SpatialWindow.values("pads", call, 2 * rank, least: 0, default: 0)
        let mode = try call.word("auto_pad", of: ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
        let wanted = try SpatialWindow.values("output_shape", call, rank, least: 1)
        var before: [Int] = []
        var output: [Int] = []
        for axis in 0..<rank {
            let full = (input[axis] - 1) * strides[axis] + extra[axis] + (kernel[axis] - 1) * dilations[axis] + 1
            let isSame = mode == "SAME_UPPER" || mode == "SAME_LOWER"
            if let extent = wanted?[axis] ?? (isSame ? input[axis] * strides[axis] : nil) {
                let total = max(full - extent, 0)
                before.append(mode == "SAME_UPPER" ? total / 2 : total - total / 2)
                output.append(extent)
            } else {
                before.append(pads[axis])
                output.append(full - pads[axis] - pads[rank + axis])
            }
        }
        guard output.allSatisfy({ $0 > 0 }) else { throw call.failure("its padding leaves no output") }
        (self.input, self.kernel, self.strides, self.dilations) = (input, kernel, strides, dilations)
        (padsBefore, self.output) = (before, output)
    }
}
