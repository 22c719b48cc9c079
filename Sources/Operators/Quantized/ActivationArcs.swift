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

    private let function: SmoothActivation
    private let range: ClosedRange<Double>

    /// Ends of the ranges over which parabolas are tried: too short a range leaves out bends, too long a one makes the
    /// parabolas wide.
    private static let lowerEnds = [-4, -5, -6, -7, -8, -9, -10, -10.5, -11, -12, -14]
    private static let upperEnds = [3, 4, 5, 6, 7, 7.25, 8, 9, 10, 11, 12]

    /// The quantisation step for which the range is chosen; finer ones are rare.
    private static let usualStep = 0.002

    /// SiLU's arcs, which nearly all networks with smooth activations need.
    public static let silu = ActivationArcs(.silu)

    /// Fits the function.
    ///
    /// - Complexity: some 80,000 calls of the function.
    public init(_ function: SmoothActivation) {
        let candidates = Self.lowerEnds.flatMap { lower in
            Self.upperEnds.map { Self(function, over: lower...$0) }
        }
        let errors = candidates.map { $0.error(inStepsOf: Self.usualStep) }
        let best = errors.indices.min { errors[$0] < errors[$1] } ?? 0
        self = candidates[best]
    }

    private init(_ function: SmoothActivation, over range: ClosedRange<Double>) {
        self.function = function
        self.range = range
        let width = (range.upperBound - range.lowerBound) / Double(Self.count)
        let value = { (argument: Double) in function(argument * width + range.lowerBound) }
        var arcs: [Parabola] = [Self.asymptote(value, side: -1)]
        for arc in 1..<(Self.count - 1) { arcs.append(Parabola(over: Double(arc), value)) }
        arcs.append(Self.asymptote(value, side: 1))
        squares = arcs.map { Float($0.square) }
        linears = arcs.map { Float($0.linear) }
        constants = arcs.map { Float($0.constant) }
        argumentScale = Float(1 / width)
        argumentOffset = Float(-range.lowerBound / width)
    }

    /// The greatest distance from the function, in steps of a channel that is quantised so finely and reaches as far as bytes
    /// then do; beyond that in steps of channels that reach further.
    ///
    /// - Complexity: some 600 calls of the function.
    public func error(inStepsOf finest: Double) -> Double {
        // Both ends of each arc too, for functions with corners; and some way beyond the outer two.
        let partsPerArc = 16
        let width = (range.upperBound - range.lowerBound) / Double(Self.count)
        return (-4..<(Self.count + 4)).reduce(0) { error, unit in
            let arc = min(max(unit, 0), Self.count - 1)
            return (0...partsPerArc).reduce(error) { error, part in
                let argument = Double(unit) + Double(part) / Double(partsPerArc)
                let slope = Double(squares[arc]) * argument + Double(linears[arc])
                let value = slope * argument + Double(constants[arc])
                let exact = function(argument * width + range.lowerBound)
                return max(error, abs(value - exact) / max(finest, abs(exact) / 255))
            }
        }
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
    }

    /// The line that the function approaches far out, shifted halfway to where the function still is at the outer arc's inner
    /// end.
    private static func asymptote(_ value: (Double) -> Double, side: Double) -> Parabola {
        let (near, far) = (side * 100 + 16, side * 200 + 16)
        let linear = (value(far) - value(near)) / (far - near)
        let constant = value(far) - linear * far
        let inner = side < 0 ? 1 : Double(count - 1)
        return Parabola(linear: linear, constant: constant + (value(inner) - linear * inner - constant) / 2)
    }
}
