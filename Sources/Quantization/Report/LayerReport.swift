/// What quantising costs one convolution, its weights and inputs together.
public struct LayerReport: Sendable, Hashable {
    /// The node's name.
    public let name: String

    /// Variance of the float sums against the mean squared error of the integer ones, in decibels, measured with inputs
    /// taken from the float network.
    public let signalToNoiseRatio: Double

    /// Output channels whose bias was corrected.
    public let correctedChannels: Int

    /// Output channels whose measured shift was too large to be believed.
    public let skippedChannels: Int

    public init(name: String, signalToNoiseRatio: Double, correctedChannels: Int, skippedChannels: Int) {
        self.name = name
        self.signalToNoiseRatio = signalToNoiseRatio
        self.correctedChannels = correctedChannels
        self.skippedChannels = skippedChannels
    }
}
