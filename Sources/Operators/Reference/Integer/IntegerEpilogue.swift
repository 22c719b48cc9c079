/// How a convolution's 32-bit sum becomes its output, for each output channel.
///
/// This is the arithmetic of `sightline_epilogue` in the kernels' contract: single precision, one fused multiply-add,
/// rounding to the nearest with halves to even.
public enum IntegerEpilogue: Sendable {
    /// `clamp(round(sum * scale + bias), lower, upper)`; the bias holds the output's zero point and what the input's
    /// zero point adds.
    case requantized(scales: [Float], biases: [Float], lower: UInt8, upper: UInt8)

    /// `curve(saturate(round(sum * scale + bias)))`.
    case curve(scales: [Float], biases: [Float], QuantizedCurve)

    /// `v = sum * scale + bias`, multiplied by the channel's negative slope where it is below zero, then
    /// `clamp(round(v + zeroPoint), lower, upper)`.
    case prelu(
        scales: [Float], biases: [Float], negativeSlopes: [Float], zeroPoint: Float, lower: UInt8, upper: UInt8)

    /// The output byte for a sum of an output channel.
    public func callAsFunction(_ sum: Int32, channel: Int) -> UInt8 {
        switch self {
        case .requantized(let scales, let biases, let lower, let upper):
            let value = biases[channel].addingProduct(Float(sum), scales[channel])
            return Self.rounded(value, lower, upper)
        case .curve(let scales, let biases, let curve):
            let value = biases[channel].addingProduct(Float(sum), scales[channel])
            return curve(Self.saturatedToInt16(value))
        case .prelu(let scales, let biases, let negativeSlopes, let zeroPoint, let lower, let upper):
            var value = biases[channel].addingProduct(Float(sum), scales[channel])
            if value < 0 { value *= negativeSlopes[channel] }
            return Self.rounded(value + zeroPoint, lower, upper)
        }
    }

    /// The outputs for a whole image of sums.
    public func callAsFunction(_ sums: IntegerImage<Int32>) -> IntegerImage<UInt8> {
        var elements: [UInt8] = []
        elements.reserveCapacity(sums.elements.count)
        for (index, sum) in sums.elements.enumerated() {
            elements.append(self(sum, channel: index % sums.channels))
        }
        return IntegerImage(height: sums.height, width: sums.width, channels: sums.channels, elements: elements)
    }

    private static func rounded(_ value: Float, _ lower: UInt8, _ upper: UInt8) -> UInt8 {
        if value.isNaN { return lower }
        return UInt8(min(max(value.rounded(.toNearestOrEven), Float(lower)), Float(upper)))
    }

    private static func saturatedToInt16(_ value: Float) -> Int16 {
        if value.isNaN { return 0 }
        return Int16(min(max(value.rounded(.toNearestOrEven), -32768), 32767))
    }
}
