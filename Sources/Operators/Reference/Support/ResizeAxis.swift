import Tensors

/// How one axis is resized: extents, scale, and where an index of the result lies in the input.
struct ResizeAxis {
    let input: Int
    let output: Int

    /// Result pixels per input pixel; the one that a node gives, which need not be `output / input`.
    let scale: Double

    let mode: CoordinateMode

    /// The part of the input that is shown, in shares of its extent; for ``CoordinateMode/cropAndResize`` only.
    let region: (start: Double, end: Double)

    /// How an index of the result becomes a coordinate in the input.
    enum CoordinateMode: String {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case halfPixelForNearest = "tf_half_pixel_for_nn"
        case cropAndResize = "tf_crop_and_resize"
    }

    /// Whether every index stays where it is.
    var isIdentity: Bool { input == output && scale == 1 && mode != .cropAndResize }

    /// Whether parts of the result may lie outside of the input.
    var crops: Bool { mode == .cropAndResize }

    /// The coordinate in the input, which may lie beyond its ends; nil where the result is to be filled.
    func coordinate(of index: Int) -> Double? {
        let x = Double(index)
        // The exact extent, of which the result's is the integer part.
        let extent = scale * Double(input)
        let last = Double(input - 1)
        switch mode {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            let offset = Double(input) / 2 * (1 - Double(output) / extent)
            return offset + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return output > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners: return extent == 1 ? 0 : x * last / (extent - 1)
        case .asymmetric: return x / scale
        case .halfPixelForNearest: return (x + 0.5) / scale
        case .cropAndResize:
            let size = region.end - region.start
            let place =
                output > 1
                ? region.start * last + x * size * last / (extent - 1) : (region.start + region.end) / 2 * last
            return place >= 0 && place <= last ? place : nil
        }
    }
}

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
