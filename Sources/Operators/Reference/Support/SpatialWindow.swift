import Tensors

/// How a convolution or pooling walks over the spatial axes of its input: kernel, strides, dilations and padding, as
/// the attributes of a node say.
struct SpatialWindow {
    /// Extents of the spatial axes.
    let input: [Int]
    let kernel: [Int]
    let strides: [Int]
    let dilations: [Int]
    let padsBefore: [Int]
    let padsAfter: [Int]
    let output: [Int]

    /// Attributes that all windowed operators share.
    static let attributes: [KnownAttribute] = ["auto_pad", "dilations", "kernel_shape", "pads", "strides"]

    /// No attribute may exceed this; it keeps every product of two of them in range.
    static let greatestAttribute = 1 << 24

    /// Windows times taps along one axis; bounds the tables that the loops walk by.
    private static let greatestTable = 1 << 26

    /// Reads the attributes of a node.
    ///
    /// - Parameters:
    ///   - kernel: extents of the kernel where the weights say them; nil to read `kernel_shape`.
    ///   - roundsUp: `ceil_mode` of the pooling operators: a last window that reaches beyond the padding counts.
    init(
        _ call: OperatorInvocation, input: [Int], kernel given: [Int]? = nil, roundsUp: Bool = false
    ) throws(OperatorError) {
        let rank = input.count
        let kernelAttribute = try Self.values("kernel_shape", call, rank, least: 1)
        guard let kernel = given ?? kernelAttribute else { throw call.failure("attribute 'kernel_shape' is missing") }
        if let kernelAttribute, kernelAttribute != kernel {
            throw call.failure("attribute 'kernel_shape' \(kernelAttribute) differs from the weights' \(kernel)")
        }
        guard kernel.allSatisfy({ (1...Self.greatestAttribute).contains($0) }) else {
            throw call.failure("a kernel of \(Shape(kernel)) has no place to stand")
        }
        let strides = try Self.values("strides", call, rank, least: 1, default: 1)
        let dilations = try Self.values("dilations", call, rank, least: 1, default: 1)
        let reach = (0..<rank).map { (kernel[$0] - 1) * dilations[$0] + 1 }
        (padsBefore, padsAfter) = try Self.padding(call, input, strides, reach)
        var output: [Int] = []
        for axis in 0..<rank {
            let padded = input[axis] + padsBefore[axis] + padsAfter[axis]
            guard padded >= reach[axis] else {
                throw call.failure("a window of \(reach[axis]) does not fit the padded input of \(padded)")
            }
            var extent = (padded - reach[axis]) / strides[axis] + 1
            if roundsUp {
                extent = (padded - reach[axis] + strides[axis] - 1) / strides[axis] + 1
                // A window that would start in the padding behind the input is left out.
                if (extent - 1) * strides[axis] >= input[axis] + padsBefore[axis] { extent -= 1 }
            }
            guard extent <= Self.greatestTable / kernel[axis] else {
                throw call.failure("\(extent) windows of \(kernel[axis]) are too many")
            }
            output.append(extent)
        }
        (self.input, self.kernel, self.strides, self.dilations, self.output) = (
            input, kernel, strides, dilations, output
        )
    }

    /// The attribute's values, one for each spatial axis.
    static func values(
        _ name: String, _ call: OperatorInvocation, _ count: Int, least: Int
    ) throws(OperatorError) -> [Int]? {
        guard let values = try call.ints(name) else { return nil }
        guard values.count == count else {
            throw call.failure("attribute '\(name)' has \(values.count) values where \(count) are wanted")
        }
        guard values.allSatisfy({ (least...greatestAttribute).contains($0) }) else {
            throw call.unsupported(name, "\(values) has values outside of \(least)...\(greatestAttribute)")
        }
        return values
    }

    static func values(
        _ name: String, _ call: OperatorInvocation, _ count: Int, least: Int, default value: Int
    ) throws(OperatorError) -> [Int] {
        try values(name, call, count, least: least) ?? Array(repeating: value, count: count)
    }

    private static func padding(
        _ call: OperatorInvocation, _ input: [Int], _ strides: [Int], _ reach: [Int]
    ) throws(OperatorError) -> (before: [Int], after: [Int]) {
        let rank = input.count
        let mode = try call.word("auto_pad", of: ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
        let pads = try values("pads", call, 2 * rank, least: 0, default: 0)
        if mode == "NOTSET" { return (Array(pads[..<rank]), Array(pads[rank...])) }
        guard pads.allSatisfy({ $0 == 0 }) else { throw call.failure("has both 'pads' and 'auto_pad' \(mode)") }
        guard mode != "VALID" else { return (Array(pads[..<rank]), Array(pads[rank...])) }
        var before: [Int] = []
        var after: [Int] = []
        for axis in 0..<rank {
            let output = (input[axis] + strides[axis] - 1) / strides[axis]
            let total = max((output - 1) * strides[axis] + reach[axis] - input[axis], 0)
            let smaller = total / 2
            before.append(mode == "SAME_UPPER" ? smaller : total - smaller)
            after.append(mode == "SAME_UPPER" ? total - smaller : smaller)
        }
        return (before, after)
    }
}

// MARK: - Walking

extension SpatialWindow {
    var outputCount: Int { output.reduce(1, *) }
    var inputCount: Int { input.reduce(1, *) }
    var tapCount: Int { kernel.reduce(1, *) }

    /// The place of a tap in the input along one axis, in elements before or behind it too.
    func position(axis: Int, output: Int, tap: Int) -> Int {
        output * strides[axis] + tap * dilations[axis] - padsBefore[axis]
    }

    /// For each axis, output index and tap: what the place contributes to the offset into a channel of the input;
    /// ``IndexedCopy/outside`` for places in the padding.
    func axisOffsets() -> [[[Int]]] {
        let inputStrides = Shape(input).strides
        return input.indices.map { axis in
            (0..<output[axis]).map { index in
                (0..<kernel[axis]).map { tap in
                    let place = position(axis: axis, output: index, tap: tap)
                    return (0..<input[axis]).contains(place) ? place * inputStrides[axis] : IndexedCopy.outside
                }
            }
        }
    }

    /// The index along each axis of the `flat`-th output, the last axis fastest.
    func outputIndices(_ flat: Int) -> [Int] { Self.indices(flat, output) }

    static func indices(_ flat: Int, _ extents: [Int]) -> [Int] {
        var rest = flat
        var indices = extents
        for axis in extents.indices.reversed() {
            indices[axis] = rest % extents[axis]
            rest /= extents[axis]
        }
        return indices
    }
}
