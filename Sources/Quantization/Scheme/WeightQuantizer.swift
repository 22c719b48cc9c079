/// Chooses the scale of each output channel's weights and rounds them.
package struct WeightQuantizer {
    /// How a channel's scale is chosen.
    package enum Method: Sendable, Hashable {
        /// The largest weight becomes 127.
        case maxAbs
        /// The scale, at most that of `maxAbs`, whose squared error is smallest.
        case meanSquaredError
    }

    package let method: Method

    package init(method: Method) { self.method = method }

    /// Scales below this would turn into infinities when inverted; such channels are zero for all purposes.
    package static let smallestScale: Float = 1e-30

    /// - Parameters:
    ///   - weights: row after row, one row for each output channel.
    ///   - importance: for each row a weight of each term's squared error: the mean square of the input that it is
    ///     multiplied with. One entry for each weight.
    package func quantize(_ weights: [Float], channelCount: Int, importance: [Float]? = nil) -> QuantizedWeights {
        let terms = weights.count / channelCount
        var result = QuantizedWeights(
            integers: [Int8](repeating: 0, count: weights.count), scales: [Float](repeating: 1, count: channelCount))
        weights.withUnsafeBufferPointer { weights in
            for channel in 0..<channelCount {
                let range = channel * terms..<(channel + 1) * terms
                let row = UnsafeBufferPointer(rebasing: weights[range])
                let scale = scale(of: row, importance: importance.map { Array($0[range]) })
                result.scales[channel] = scale
                for (offset, weight) in row.enumerated() {
                    result.integers[range.lowerBound + offset] = Self.integer(of: weight, scale: scale)
                }
            }
        }
        return result
    }

    /// The nearest integer, halves to even, clamped to -127...127.
    @inline(__always)
    package static func integer(of weight: Float, scale: Float) -> Int8 {
        let limit = QuantizedWeights.limit
        return Int8(min(max((weight / scale).rounded(.toNearestOrEven), -limit), limit))
    }

    private func scale(of row: UnsafeBufferPointer<Float>, importance: [Float]?) -> Float {
        let largest = row.reduce(Float(0)) { max($0, abs($1)) }
        let whole = max(largest / QuantizedWeights.limit, Self.smallestScale)
        guard method == .meanSquaredError, largest > 0 else { return whole }
        var best = (scale: whole, error: Self.error(of: row, scale: whole, importance))
        for percent in stride(from: 99, through: 50, by: -1) {
            let candidate = max(whole * Float(percent) / 100, Self.smallestScale)
            let error = Self.error(of: row, scale: candidate, importance)
            if error < best.error { best = (candidate, error) }
        }
        return best.scale
    }

    private static func error(of row: UnsafeBufferPointer<Float>, scale: Float, _ importance: [Float]?) -> Float {
        let inverse = 1 / scale
        let limit = QuantizedWeights.limit
        var sum: Float = 0
        if let importance {
            for (index, weight) in row.enumerated() {
                let integer = min(max((weight * inverse).rounded(.toNearestOrEven), -limit), limit)
                let error = integer * scale - weight
                sum += error * error * importance[index]
            }
        } else {
            for weight in row {
                let integer = min(max((weight * inverse).rounded(.toNearestOrEven), -limit), limit)
                let error = integer * scale - weight
                sum += error * error
            }
        }
        return sum
    }
}
