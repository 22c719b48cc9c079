/// What quantising does to a convolution's sums, channel by channel, measured on patches.
package struct LayerError {
    /// Mean of (quantised - float).
    package let shift: [Double]

    /// Variance of (quantised - float) around its mean.
    package let errorVariance: [Double]

    /// Variance of the float sums around their mean.
    package let signalVariance: [Double]

    package let patchCount: Int

    /// - Parameters:
    ///   - float: one row of `channelCount` sums for each patch; `quantized` likewise.
    ///   - rows: which patches to take; all when nil.
    package init(float: [Float], quantized: [Float], channelCount: Int, rows: Range<Int>? = nil) {
        let rows = rows ?? 0..<float.count / max(channelCount, 1)
        var sums = [(error: Double, square: Double, signal: Double, power: Double)](
            repeating: (0, 0, 0, 0), count: channelCount)
        for row in rows {
            for channel in 0..<channelCount {
                let value = Double(float[row * channelCount + channel])
                let error = Double(quantized[row * channelCount + channel]) - value
                sums[channel].error += error
                sums[channel].square += error * error
                sums[channel].signal += value
                sums[channel].power += value * value
            }
        }
        let count = Double(max(rows.count, 1))
        patchCount = rows.count
        shift = sums.map { $0.error / count }
        errorVariance = sums.map { max($0.square / count - ($0.error / count) * ($0.error / count), 0) }
        signalVariance = sums.map { max($0.power / count - ($0.signal / count) * ($0.signal / count), 0) }
    }

    /// Signal-to-noise ratio of the layer in decibels: variance of the float sums against the mean squared error that
    /// remains when `correction` is subtracted.
    package func signalToNoiseRatio(correcting correction: [Double]) -> Double {
        var signal = 0.0
        var noise = 0.0
        for channel in shift.indices {
            let rest = shift[channel] - correction[channel]
            signal += signalVariance[channel]
            noise += errorVariance[channel] + rest * rest
        }
        return Logarithm.decibels(signal: signal, noise: noise)
    }
}
