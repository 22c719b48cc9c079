import Tensors

/// Resize in all its modes, and its predecessor Upsample.
enum ResizeOperators {
    static let table: [String: ReferenceOperator] = [
        "Resize": ReferenceOperator(
            inputs: 1...4,
            attributes: [
                "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "extrapolation_value", "mode",
                "nearest_mode", .since(18, "antialias"), .since(18, "axes"), .since(18, "keep_aspect_ratio_policy"),
            ], versions: 11...25, widensHalf: true, resize),
        "Upsample": ReferenceOperator(inputs: 2...2, attributes: ["mode"], versions: 9...9, upsample),
    ]

    private static func resize(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        let mode = try call.word("mode", of: ["nearest", "linear", "cubic"])
        let axes = try ResizeAxes.read(call, input.shape)
        let fill = try call.float("extrapolation_value", default: 0)
        if mode == "nearest" {
            let rounding = try call.word(
                "nearest_mode", of: ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
            guard let type = input.elementType.numericType else { throw call.unsupportedType(input) }
            return [nearest(input, axes, rounding, fill: scalar(Double(fill), type))]
        }
        let filter = InterpolationFilter(
            isCubic: mode == "cubic", coefficient: try call.double("cubic_coeff_a", default: -0.75),
            excludesOutside: try call.flag("exclude_outside", default: false),
            isAntialiased: try call.flag("antialias", default: false))
        return [try interpolated(input, axes, filter, fill, call)]
    }

    private static func upsample(_ call: OperatorInvocation) throws(OperatorError) -> [Tensor] {
        let input = try call.input(0)
        guard let scales = try call.doubles(1) else { throw call.failure("input 1 is missing") }
        let mode = try call.word("mode", of: ["nearest", "linear"])
        let axes = try ResizeAxes.asymmetric(call, input.shape, scales: scales)
        if mode == "nearest" { return [nearest(input, axes, "floor", fill: Tensor(scalar: Float(0)))] }
        let filter = InterpolationFilter(
            isCubic: false, coefficient: 0, excludesOutside: false, isAntialiased: false)
        return [try interpolated(input, axes, filter, 0, call)]
    }

    private static func scalar<Element: NumericElement>(_ value: Double, _: Element.Type) -> Tensor {
        Tensor(scalar: Element(real: value))
    }

    // MARK: Nearest

    private static func nearest(_ input: Tensor, _ axes: [ResizeAxis], _ rounding: String, fill: Tensor) -> Tensor {
        let strides = input.shape.strides
        let offsets = axes.enumerated().map { place, axis in
            (0..<axis.output).map { index in
                guard let coordinate = axis.coordinate(of: index) else { return IndexedCopy.outside }
                let rounded =
                    switch rounding {
                    case "round_prefer_floor": (coordinate - 0.5).rounded(.up)
                    case "round_prefer_ceil": (coordinate + 0.5).rounded(.down)
                    case "floor": coordinate.rounded(.down)
                    default: coordinate.rounded(.up)
                    }
                return Int(min(max(rounded, 0), Double(axis.input - 1))) * strides[place]
            }
        }
        return IndexedCopy(offsets: offsets).apply(to: input, fill: fill)
    }

    // MARK: Linear and cubic

    private static func interpolated(
        _ input: Tensor, _ axes: [ResizeAxis], _ filter: InterpolationFilter, _ fill: Float, _ call: OperatorInvocation
    ) throws(OperatorError) -> Tensor {
        guard input.elementType.isFloatingPoint, var values = try call.doubles(0) else {
            throw call.unsupportedType(input)
        }
        var shape = input.shape
        for (place, axis) in axes.enumerated() where !axis.isIdentity {
            let taps = try filter.taps(of: axis, call)
            var next = shape
            next[place] = axis.output
            try call.checkSize(next)
            values = interpolated(values, shape, place, taps)
            shape = next
        }
        let result = Tensor(values, shape: shape).rounded(to: input.elementType)
        guard axes.contains(where: \.crops) else { return result }
        // What lies outside along any axis gets the fill.
        let strides = shape.strides
        let offsets = axes.enumerated().map { place, axis in
            (0..<axis.output).map { axis.coordinate(of: $0) == nil ? IndexedCopy.outside : $0 * strides[place] }
        }
        return IndexedCopy(offsets: offsets).apply(to: result, fill: Tensor(scalar: fill).asElement(of: result))
    }

    /// Weighted sums along one axis.
    private static func interpolated(
        _ values: [Double], _ shape: Shape, _ axis: Int, _ taps: [[InterpolationFilter.Tap]]
    ) -> [Double] {
        let outer = shape.dimensions[..<axis].reduce(1, *)
        let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        var result = [Double](repeating: 0, count: outer * taps.count * inner)
        var target = 0
        for block in 0..<outer {
            for taps in taps {
                for tap in taps {
                    let source = (block * shape[axis] + tap.index) * inner
                    for place in 0..<inner { result[target + place] += tap.weight * values[source + place] }
                }
                target += inner
            }
        }
        return result
    }
}

extension Tensor {
    /// A single-precision scalar as an element of another floating-point tensor.
    fileprivate func asElement(of other: Tensor) -> Tensor {
        Tensor([Double(array(of: Float.self)[0])], shape: []).rounded(to: other.elementType)
    }
}
