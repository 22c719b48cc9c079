/// Takes the mean error that quantising causes out of a layer's bias.
///
/// Rounding errors of weights do not cancel: they are the same for every pixel, and activations have means. The result
/// is a constant shift of each output channel, which the bias can absorb at no cost (Nagel et al., "Data-free
/// quantization through weight equalization and bias correction", 2019).
package struct BiasCorrection {
    /// A shift larger than this many standard deviations of the channel's own values is not a rounding error.
    package static let largestPlausibleShift = 1.0

    /// What to subtract from each channel's bias.
    package let corrections: [Double]

    /// Channels whose measured shift was not plausible, and which are left as they were.
    package let skipped: Int

    package init(_ error: LayerError) {
        var corrections: [Double] = []
        var skipped = 0
        for channel in error.shift.indices {
            let shift = error.shift[channel]
            let deviation = error.signalVariance[channel].squareRoot()
            if abs(shift) > Self.largestPlausibleShift * deviation {
                skipped += shift == 0 ? 0 : 1
                corrections.append(0)
                continue
            }
            // A mean over few patches is itself uncertain; what is indistinguishable from chance is not corrected
            // (positive-part James-Stein shrinkage).
            let uncertainty = error.errorVariance[channel] / Double(max(error.patchCount, 1))
            let share = shift == 0 ? 0 : max(0, 1 - uncertainty / (shift * shift))
            corrections.append(shift * share)
        }
        self.corrections = corrections
        self.skipped = skipped
    }
}
