/// A function that takes a convolution's sum, as a signed 16-bit argument, to an unsigned 8-bit output, in 64 straight
/// segments of 8.8 fixed point: how int8 layers apply SiLU and other smooth activations.
///
/// The tables have the layout of `sightline_curve` in the kernels' contract, and ``callAsFunction(_:)`` is that
/// contract's arithmetic. A kernel multiplies a sum's real value by ``argumentScale`` and adds ``argumentOffset``, both
/// folded into the layer's scales and biases, rounds, and saturates to 16 bits; the saturation is what holds the
/// function constant outside of the range that the segments cover.
///
/// Measured against the exactly rounded function for SiLU: at most 0.8 steps of the output where 0.5 is the rounding
/// itself (1.0 where the output's whole range reaches to 0.5 only and its steps are finest).
public struct QuantizedCurve: Sendable, Hashable {
    public static let segmentCount = 64

    /// Arguments per segment: 2^16 / 64.
    static let argumentsPerSegment = 1024

    /// The value in the middle of each segment, in 8.8 fixed point as the bits of an unsigned number, 0.5 added for
    /// rounding. Segment `i` covers arguments whose upper six bits are `i`: the second half are negative arguments.
    public let centres: [Int16]

    /// Half of the rise across each segment, in 8.8 fixed point.
    public let slopes: [Int16]

    /// `argument = real * argumentScale + argumentOffset`.
    public let argumentScale: Float
    public let argumentOffset: Float

    /// Builds the tables for a function of a real argument.
    ///
    /// - Parameters:
    ///   - function: must be finite over `inputRange`.
    ///   - inputRange: where real arguments can lie. Its parts at either end in which the output hardly changes are cut
    ///     off, so that the segments go where the function bends; a generous range therefore costs no accuracy.
    ///   - outputScale: positive and finite.
    ///   - zeroPoint: 0...255; the output is `clamp(round(function(x) / outputScale) + zeroPoint, 0, 255)`.
    /// - Returns: nil when a parameter breaks these conditions.
    /// - Complexity: about 3,200 calls of `function`.
    public init?(
        outputScale: Float, zeroPoint: Int32, inputRange: ClosedRange<Double>, function: (Double) -> Double
    ) {
        guard outputScale > 0, outputScale.isFinite, (0...255).contains(zeroPoint),
            inputRange.lowerBound.isFinite, inputRange.upperBound.isFinite,
            inputRange.lowerBound < inputRange.upperBound
        else { return nil }
        let scale = Double(outputScale)
        let offset = Double(zeroPoint)
        let output = { (x: Double) in min(max(function(x) / scale + offset, 0), 255) }
        guard let domain = CurveFitting.domain(of: output, within: inputRange) else { return nil }
        let width = (domain.upperBound - domain.lowerBound) / Double(Self.segmentCount)
        guard width > 0 else { return nil }

        var centres = [Int16](repeating: 0, count: Self.segmentCount)
        var slopes = centres
        for index in 0..<Self.segmentCount {
            // Arguments run from -32768 upwards, so the leftmost segment is the one in the middle of the table.
            let position = (index + Self.segmentCount / 2) % Self.segmentCount
            let start = domain.lowerBound + Double(position) * width
            guard let line = CurveFitting.line(through: output, from: start, width: width) else { return nil }
            centres[index] = Int16(bitPattern: line.centre)
            slopes[index] = line.slope
        }
        self.centres = centres
        self.slopes = slopes
        let scaleOfArgument = 65536 / (domain.upperBound - domain.lowerBound)
        argumentScale = Float(scaleOfArgument)
        argumentOffset = Float(-domain.lowerBound * scaleOfArgument - 32768)
        guard argumentScale.isFinite, argumentOffset.isFinite else { return nil }
    }

    /// The output for an argument, in exactly the arithmetic of the kernels.
    public func callAsFunction(_ argument: Int16) -> UInt8 {
        let bits = UInt16(bitPattern: argument)
        let index = Int(bits >> 10)
        let fraction = Int16(bitPattern: bits << 6) ^ Int16.min
        let rise = CurveFitting.rise(slope: slopes[index], fraction: fraction)
        return UInt8(truncatingIfNeeded: UInt16(bitPattern: centres[index] &+ rise) >> 8)
    }

    /// The argument for a real number: rounded to the nearest, halves to even, and saturated; that of a NaN is 0.
    public func argument(of real: Float) -> Int16 {
        let position = argumentOffset.addingProduct(real, argumentScale)
        return position.isNaN ? 0 : Int16(min(max(position.rounded(.toNearestOrEven), -32768), 32767))
    }
}
