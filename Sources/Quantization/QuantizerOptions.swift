/// What the quantiser is asked to do. The defaults suit detection and segmentation networks for driving.
public struct QuantizerOptions: Sendable {
    /// How activations' ranges are chosen.
    public var method = RangeMethod.meanSquaredError

    public var policy = QuantizationPolicy()

    /// How scales of weights are chosen: the error-minimal one, or that of the largest weight.
    public var searchesWeightScales = true

    /// How weights become integers once their scales are chosen.
    public enum WeightRounding: Sendable, Hashable {
        /// Each to its nearest integer.
        case nearest
        /// One after the other, each making up for the error of those before it; where held-back patches show that it helps.
        case errorFeedback
    }

    public var weightRounding = WeightRounding.errorFeedback

    /// How strongly rounding with feedback distrusts the correlations that it sees: a share of the mean variance.
    public var feedbackDamping: Float = 0.02

    /// Whether biases absorb the mean error of their layers.
    public var correctsBias = true

    /// Layers whose signal-to-noise ratio would be lower than this many decibels stay in float. Nil keeps all integer.
    public var minimumSignalToNoiseRatio: Double? = 10

    /// Elements of a value that one sample contributes to its histogram at most.
    public var elementsPerSample = 1 << 16

    /// Positions at which each layer's error is measured, over all samples.
    public var patchesPerLayer = 1024

    public init() {}
}

extension QuantizerOptions {
    func validate() throws(QuantizationError) {
        if case .percentile(let share) = method, !(share >= 0.5 && share <= 1) {
            throw .invalidOption(name: "method", detail: "a percentile is between 50 and 100, not \(share * 100)")
        }
        guard elementsPerSample > 0 else {
            throw .invalidOption(name: "elementsPerSample", detail: "must be positive, not \(elementsPerSample)")
        }
        guard patchesPerLayer > 0, patchesPerLayer <= 1 << 20 else {
            throw .invalidOption(name: "patchesPerLayer", detail: "must be 1 to 1048576, not \(patchesPerLayer)")
        }
    }
}
