import Tensors

/// The weights of linear and cubic interpolation, as ONNX Resize defines them.
struct InterpolationFilter {
    /// An element of the input and its share in an element of the result.
    struct Tap {
        let index: Int
        let weight: Double
    }

    let isCubic: Bool

    /// The free parameter of the cubic: Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981.
    let coefficient: Double

    /// Whether elements beyond the ends count for nothing, instead of repeating the last one.
    let excludesOutside: Bool

    /// Whether the filter widens when an axis shrinks.
    let isAntialiased: Bool

    /// For each index of the result, what it is made of.
    func taps(of axis: ResizeAxis, _ call: OperatorInvocation) throws(OperatorError) -> [[Tap]] {
        let narrowing = isAntialiased ? min(axis.scale, 1) : 1
        let radius = isCubic ? 2.0 : 1.0
        let reach = (radius / narrowing).rounded(.up)
        guard reach * Double(axis.output) < Double(1 << 26) else {
            throw call.failure("a filter over \(reach) elements is too wide")
        }
        let first = 1 - Int(reach)
        return (0..<axis.output).map { index in
            // Positions outside are overwritten later.
            let coordinate = axis.coordinate(of: index) ?? 0
            // The element left of the coordinate, so that the distance to it is in (0, 1].
            let base = coordinate.rounded(.up) - 1
            let distance = coordinate - base
            var taps = (first...Int(reach)).map { step in
                Tap(index: Int(base) + step, weight: weight((Double(step) - distance) * narrowing))
            }
            if excludesOutside { taps.removeAll { !(0..<axis.input).contains($0.index) } }
            let sum = taps.reduce(0) { $0 + $1.weight }
            let divisor = excludesOutside || narrowing < 1 ? sum : 1
            return taps.filter { $0.weight != 0 }.map { tap in
                Tap(index: min(max(tap.index, 0), axis.input - 1), weight: tap.weight / divisor)
            }
        }
    }

    /// The filter's value at a distance from its centre.
    func weight(_ position: Double) -> Double {
        let x = abs(position)
        guard isCubic else { return max(0, 1 - x) }
        if x <= 1 { return ((coefficient + 2) * x - (coefficient + 3)) * x * x + 1 }
        if x < 2 { return ((x - 5) * x + 8) * x * coefficient - 4 * coefficient }
        return 0
    }
}
