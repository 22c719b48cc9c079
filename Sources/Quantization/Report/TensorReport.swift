import Tensors

/// How one activation was quantised, and what that costs.
public struct TensorReport: Sendable, Hashable {
    /// The value's name in the graph.
    public let name: String

    /// The extremes seen during calibration.
    public let observed: ClosedRange<Float>

    /// What was chosen: for a value with a scale per channel, one for each.
    public let parameters: QuantizationParameters

    /// `mse`, `min-max`, ...; `pixels` for picture inputs, whose integers are known.
    public let method: String

    /// Mean square of the value against the mean squared error of quantising it, in decibels.
    public let signalToNoiseRatio: Double

    /// The value that the parameters are shared with (the first of its group); nil when they are its own.
    public let sharedWith: String?

    public init(
        name: String, observed: ClosedRange<Float>, parameters: QuantizationParameters, method: String,
        signalToNoiseRatio: Double, sharedWith: String?
    ) {
        self.name = name
        self.observed = observed
        self.parameters = parameters
        self.method = method
        self.signalToNoiseRatio = signalToNoiseRatio
        self.sharedWith = sharedWith
    }

    /// The real numbers that the integers reach; over all channels where there are several.
    public var range: ClosedRange<Float> {
        var (lower, upper): (Float, Float) = (0, 0)
        for (scale, zeroPoint) in zip(parameters.scales, parameters.zeroPoints) {
            lower = min(lower, -Float(zeroPoint) * scale)
            upper = max(upper, Float(255 - zeroPoint) * scale)
        }
        return lower...upper
    }
}
