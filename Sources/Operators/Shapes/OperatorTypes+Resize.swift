import Tensors

// Resampling.
extension OperatorTypes {
    static let resizeForms: [String: [OperatorForm]] = {
        let first: [String: AttributeKind] = [
            "coordinate_transformation_mode": .string, "cubic_coeff_a": .float, "exclude_outside": .int,
            "extrapolation_value": .float, "mode": .string, "nearest_mode": .string,
        ]
        let second = first.merging(["antialias": .int, "axes": .ints, "keep_aspect_ratio_policy": .string]) { $1 }
        return [
            "Resize": [
                OperatorForm(since: 11, until: 17, inputs: 1...4, attributes: first, infer: resizeTypes),
                OperatorForm(since: 18, inputs: 1...4, attributes: second, infer: resizeTypes),
            ],
            "Upsample": [
                OperatorForm(since: 9, until: 9, inputs: 2...2, attributes: ["mode": .string]) {
                    call throws(OperatorError) in
                    let scales = try call.constantFloats(1, "scales") ?? []
                    return [try scaled(call, try call.input(0), by: scales, axes: nil)]
                }
            ],
            "GridSample": [
                OperatorForm(
                    since: 16, inputs: 2...2,
                    attributes: ["align_corners": .int, "mode": .string, "padding_mode": .string],
                    infer: gridSampleTypes)
            ],
        ]
    }()

    private static func resizeTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .numeric)
        try checkResizeModes(call)
        let input = try call.input(0)
        let axes = try call.ints("axes").map { axes throws(OperatorError) in
            try call.normalizedAxes(axes, of: input.shape)
        }
        // An empty list stands for an absent one.
        let scales = try call.constantFloats(2, "scales").flatMap { $0.isEmpty ? nil : $0 }
        let sizes = try call.constantIntegers(3, "sizes").flatMap { $0.isEmpty ? nil : $0 }
        switch (scales, sizes) {
        case (let scales?, nil): return [try scaled(call, input, by: scales, axes: axes)]
        case (nil, let sizes?): return [try sized(call, input, to: sizes, axes: axes)]
        default: throw call.invalid("needs either scales or sizes")
        }
    }

    private static func checkResizeModes(_ call: OperatorCall) throws(OperatorError) {
        let known: [(String, [String])] = [
            ("mode", ["nearest", "linear", "cubic"]),
            ("nearest_mode", ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]),
            (
                "coordinate_transformation_mode",
                [
                    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
                    "tf_half_pixel_for_nn",
                ]
            ),
            ("keep_aspect_ratio_policy", ["stretch", "not_larger", "not_smaller"]),
        ]
        for (name, values) in known {
            let value = call.string(name, default: values[0])
            guard values.contains(value) else { throw call.unsupported(name, "'\(value)' is not supported") }
        }
    }

    private static func scaled(
        _ call: OperatorCall, _ input: ValueType, by scales: [Float], axes: [Int]?
    ) throws(OperatorError) -> ValueType {
        let axes = axes ?? Array(0..<input.shape.rank)
        guard scales.count == axes.count, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw call.invalid("scales \(scales) do not fit \(input.shape)")
        }
        var shape = input.shape
        for (scale, axis) in zip(scales, axes) {
            // In single precision, as onnxruntime computes it: 0.7 times 10 is 7.
            let extent = (scale * Float(shape[axis])).rounded(.down)
            guard extent <= Float(maximumExtent) else {
                throw call.invalid("scales \(scales) make \(input.shape) too large")
            }
            shape[axis] = Int(extent)
        }
        return ValueType(shape: shape, elementType: input.elementType)
    }

    private static func sized(
        _ call: OperatorCall, _ input: ValueType, to sizes: [Int], axes: [Int]?
    ) throws(OperatorError) -> ValueType {
        let axes = axes ?? Array(0..<input.shape.rank)
        guard sizes.count == axes.count, sizes.allSatisfy({ (0...maximumExtent).contains($0) }) else {
            throw call.invalid("sizes \(sizes) do not fit \(input.shape)")
        }
        var shape = input.shape
        for (size, axis) in zip(sizes, axes) { shape[axis] = size }
        let policy = call.string("keep_aspect_ratio_policy", default: "stretch")
        if policy != "stretch" {
            guard axes.allSatisfy({ input.shape[$0] > 0 }) else { throw call.invalid("\(input.shape) is empty") }
            let ratios = zip(sizes, axes).map { Double($0) / Double(input.shape[$1]) }
            let ratio = (policy == "not_larger" ? ratios.min() : ratios.max()) ?? 1
            for axis in axes {
                let extent = (ratio * Double(input.shape[axis]) + 0.5).rounded(.down)
                guard extent <= Double(maximumExtent) else { throw call.invalid("sizes \(sizes) are too large") }
                shape[axis] = Int(extent)
            }
        }
        return ValueType(shape: shape, elementType: input.elementType)
    }

    private static func gridSampleTypes(_ call: OperatorCall) throws(OperatorError) -> [ValueType] {
        try call.require(0, .floating)
        let (input, grid) = (try call.input(0), try call.input(1).shape)
        guard input.shape.rank == 4, grid.rank == 4, grid[0] == input.shape[0], grid[3] == 2 else {
            throw call.invalid("grid \(grid) does not fit \(input.shape)")
        }
        return [
            ValueType(
                shape: [input.shape[0], input.shape[1], grid[1], grid[2]], elementType: input.elementType)
        ]
    }
}
