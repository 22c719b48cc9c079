/// What quantising costs one convolution, its weights and inputs together.
public struct LayerReport: Sendable, Hashable {
    /// The node's name.
    public let name: String

    /// Variance of the float sums against the mean squared error of the integer ones, in decibels, measured with inputs
    /// taken from the float network.
    public let signalToNoiseRatio: Double

    /// The same with only the input quantised, and with only the weights quantised; the mean error left out of both.
    public let inputSignalToNoiseRatio: Double
    public let weightSignalToNoiseRatio: Double

    /// Output channels whose bias was corrected.
    public let correctedChannels: Int

    /// Output channels whose measured shift was too large to be believed.
    public let skippedChannels: Int

    public init(
        name: String, signalToNoiseRatio: Double, inputSignalToNoiseRatio: Double, weightSignalToNoiseRatio: Double,
        correctedChannels: Int, skippedChannels: Int
    ) {
        self.name = name
        self.signalToNoiseRatio = signalToNoiseRatio
        self.inputSignalToNoiseRatio = inputSignalToNoiseRatio
        self.weightSignalToNoiseRatio = weightSignalToNoiseRatio
        self.correctedChannels = correctedChannels
        self.skippedChannels = skippedChannels
    }
}
