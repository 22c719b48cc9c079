import Tensors

/// Reads the axes of a Resize node.
enum ResizeAxes {
    /// One entry for each axis of the input.
    static func read(_ call: OperatorInvocation, _ shape: Shape) throws(OperatorError) -> [ResizeAxis] {
        let axes = try call.axes(try call.ints("axes") ?? Array(0..<shape.rank), of: shape)
        let mode = try coordinateMode(call)
        let scales = try given(call.doubles(2), axes.count, "scales", call)
        let sizes = try given(call.integers(3), axes.count, "sizes", call)
        let regions = try regions(call, mode, axes.count)
        guard (scales == nil) != (sizes == nil) else { throw call.failure("needs either scales or sizes") }
        var result = shape.dimensions.map { extent in
            ResizeAxis(input: extent, output: extent, scale: 1, mode: .asymmetric, region: (0, 1))
        }
        let policy = try call.word("keep_aspect_ratio_policy", of: ["stretch", "not_larger", "not_smaller"])
        let common = try sizes.flatMap { sizes throws(OperatorError) in
            try commonScale(policy, axes.map { shape[$0] }, sizes, call)
        }
        for (place, axis) in axes.enumerated() {
            let input = shape[axis]
            var output = 0
            var scale = 1.0
            if let scales {
                scale = scales[place]
                output = try extent(Double(input) * scale, call)
            } else if let common {
                scale = common
                output = try extent(Double(input) * common + 0.5, call)
            } else if let sizes {
                output = sizes[place]
                scale = Double(output) / Double(input)
            }
            guard scale > 0, scale.isFinite, input > 0, output > 0 else {
                throw call.failure("axis \(axis) of \(shape) cannot be resized to \(output)")
            }
            result[axis] = ResizeAxis(input: input, output: output, scale: scale, mode: mode, region: regions[place])
        }
        try check(result, call)
        return result
    }

    /// The axes of Upsample.
    static func asymmetric(
        _ call: OperatorInvocation, _ shape: Shape, scales: [Double]
    ) throws(OperatorError) -> [ResizeAxis] {
        guard scales.count == shape.rank, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw call.failure("scales \(scales) do not fit an input of \(shape)")
        }
        var result: [ResizeAxis] = []
        for (axis, scale) in scales.enumerated() {
            result.append(
                ResizeAxis(
                    input: shape[axis], output: try extent(Double(shape[axis]) * scale, call), scale: scale,
                    mode: .asymmetric, region: (0, 1)))
        }
        try check(result, call)
        return result
    }

    private static func check(_ axes: [ResizeAxis], _ call: OperatorInvocation) throws(OperatorError) {
        try call.checkSize(Shape(axes.map(\.output)))
    }

    private static func coordinateMode(_ call: OperatorInvocation) throws(OperatorError) -> ResizeAxis.CoordinateMode {
        let name = "coordinate_transformation_mode"
        let word = try call.string(name, default: "half_pixel")
        guard let mode = ResizeAxis.CoordinateMode(rawValue: word),
            mode != .halfPixelForNearest || call.version < 13, mode != .halfPixelSymmetric || call.version >= 19
        else { throw call.unsupported(name, "operator set \(call.version) does not define '\(word)'") }
        return mode
    }

    /// An empty list stands for an absent one.
    private static func given<Value>(
        _ values: [Value]?, _ count: Int, _ name: String, _ call: OperatorInvocation
    ) throws(OperatorError) -> [Value]? {
        guard let values, !values.isEmpty else { return nil }
        guard values.count == count else { throw call.failure("has \(values.count) \(name) for \(count) axes") }
        return values
    }

    private static func regions(
        _ call: OperatorInvocation, _ mode: ResizeAxis.CoordinateMode, _ count: Int
    ) throws(OperatorError) -> [(start: Double, end: Double)] {
        guard mode == .cropAndResize else { return Array(repeating: (0, 1), count: count) }
        guard let values = try call.doubles(1), values.count == 2 * count, values.allSatisfy(\.isFinite) else {
            throw call.failure("'tf_crop_and_resize' needs a region of interest for \(count) axes")
        }
        return (0..<count).map { (values[$0], values[count + $0]) }
    }

    /// The scale that all axes share when their ratio is kept; nil when each is stretched on its own.
    private static func commonScale(
        _ policy: String, _ inputs: [Int], _ sizes: [Int], _ call: OperatorInvocation
    ) throws(OperatorError) -> Double? {
        guard sizes.allSatisfy({ $0 > 0 }), inputs.allSatisfy({ $0 > 0 }) else {
            throw call.failure("\(Shape(inputs)) cannot be resized to \(Shape(sizes))")
        }
        let scales = zip(sizes, inputs).map { Double($0) / Double($1) }
        return policy == "stretch" ? nil : policy == "not_larger" ? scales.min() : scales.max()
    }

    private static func extent(_ value: Double, _ call: OperatorInvocation) throws(OperatorError) -> Int {
        guard value >= 0, value < Double(ReferenceOperators.maximumElementCount) else {
            throw call.failure("an extent of \(value) is not possible")
        }
        return Int(value)
    }
}
