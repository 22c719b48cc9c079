import Tensors

/// A convolution's weights as integers from -127 to 127 with a scale for each output channel and no zero point.
///
/// -128 is left out, so that a weight and its negative are both representable and kernels may negate.
package struct QuantizedWeights: Sendable {
    package static let limit: Float = 127

    /// In the order of the float weights: output channel first.
    package var integers: [Int8]

    /// One for each output channel.
    package var scales: [Float]

    /// Weights of one output channel.
    package var termCount: Int { scales.isEmpty ? 0 : integers.count / scales.count }

    /// The weights that the integers stand for.
    package var dequantized: [Float] {
        var result = [Float](repeating: 0, count: integers.count)
        let terms = termCount
        for channel in scales.indices {
            for term in channel * terms..<(channel + 1) * terms {
                result[term] = Float(integers[term]) * scales[channel]
            }
        }
        return result
    }
}
