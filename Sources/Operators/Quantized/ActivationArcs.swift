/// A smooth activation in 32 parabolas, in single precision: how int8 layers apply it where each output channel has a
/// quantisation step of its own, so that no table of outputs serves all.
///
/// The tables have the layout of `sightline_arcs` in the kernels' contract, and ``callAsFunction(_:)`` is that contract's
/// arithmetic. A kernel multiplies a sum's real value by ``argumentScale`` and adds ``argumentOffset``, both folded into the
/// layer's scales and biases. The first and the last parabola are the straight lines that the function approaches.
public struct ActivationArcs: Sendable, Hashable {
    public static let count = 32

    public let squares: [Float]
    public let linears: [Float]
    public let constants: [Float]

    /// `argument = real * argumentScale + argumentOffset`; arc `n` takes arguments from `n` to `n + 1`.
    public let argumentScale: Float
    public let argumentOffset: Float

    /// The greatest distance from the function that was found.
    public let error: Double

    /// Halves of the ranges over which parabolas are tried: too short a range leaves out bends, too long a one makes the
    /// parabolas wide.
    private static let reaches: [Double] = [3, 4, 5, 6, 8, 10, 11, 12, 14, 16]

    /// SiLU's arcs, which nearly all networks with smooth activations need.
    public static let silu = ActivationArcs(.silu)

    /// Fits the function.
    ///
    /// - Complexity: some 7,000 calls of the function.
    public init(_ function: SmoothActivation) {
        let candidates = Self.reaches.map { Self(function, reach: $0) }
        self = candidates.dropFirst().reduce(candidates[0]) { $1.error < $0.error ? $1 : $0 }
    }

    private init(_ function: SmoothActivation, reach: Double) {
        let width = 2 * reach / Double(Self.count)
        let real = { (argument: Double) in argument * width - reach }
        var coefficients: [Parabola] = [Self.asymptote(function, side: -1, real)]
        for arc in 1..<(Self.count - 1) {
            coefficients.append(Parabola(over: Double(arc)) { function(real($0)) })
        }
        coefficients.append(Self.asymptote(function, side: 1, real))
        squares = coefficients.map { Float($0.square) }
        linears = coefficients.map { Float($0.linear) }
        constants = coefficients.map { Float($0.constant) }
        argumentScale = Float(1 / width)
        argumentOffset = Float(reach / width)
        error = Self.error(of: coefficients) { function(real($0)) }
    }

    /// The activation's value for an argument, in exactly the arithmetic of the kernels.
    public func callAsFunction(_ argument: Float) -> Float {
        let limit: Float = 0x1p20
        let limited = argument > -limit ? min(argument, limit) : -limit
        let arc = min(max(Int(limited), 0), Self.count - 1)
        let slope = linears[arc].addingProduct(squares[arc], limited)
        return constants[arc].addingProduct(slope, limited)
    }

    // MARK: - Fitting

    private struct Parabola {
        var square: Double
        var linear: Double
        var constant: Double

        /// Through the function at the Chebyshev points of one unit, which comes close to the least greatest error.
        init(over start: Double, _ function: (Double) -> Double) {
            let reach = 0.75.squareRoot() / 2
            let middle = start + 0.5
            let (left, centre, right) = (function(middle - reach), function(middle), function(middle + reach))
            // value = centre + slope * (u - middle) + square * (u - middle)^2
            let slope = (right - left) / (2 * reach)
            square = (right + left - 2 * centre) / (2 * reach * reach)
            linear = slope - 2 * square * middle
            constant = centre - slope * middle + square * middle * middle
        }

        init(linear: Double, constant: Double) {
            (square, self.linear, self.constant) = (0, linear, constant)
        }

        func callAsFunction(_ argument: Double) -> Double { (square * argument + linear) * argument + constant }
    }

    /// The line that the function approaches far out.
    private static func asymptote(
        _ function: SmoothActivation, side: Double, _ real: (Double) -> Double
    ) -> Parabola {
        let (near, far) = (side * 100 + 16, side * 200 + 16)
        let linear = (function(real(far)) - function(real(near))) / (far - near)
        return Parabola(linear: linear, constant: function(real(far)) - linear * far)
    }

    private static func error(of arcs: [Parabola], _ function: (Double) -> Double) -> Double {
        // Both ends of each arc too, for functions with corners; and some way beyond the outer two.
        let partsPerArc = 16
        return (-2..<(count + 2)).reduce(0) { error, unit in
            let arc = arcs[min(max(unit, 0), count - 1)]
            return (0...partsPerArc).reduce(error) { error, part in
                let argument = Double(unit) + Double(part) / Double(partsPerArc)
                return max(error, abs(arc(argument) - function(argument)))
            }
        }
    }
}
