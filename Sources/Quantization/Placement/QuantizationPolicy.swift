/// Which values of a network become integers.
///
/// The rules, in the order in which they decide:
///
/// 1. Every two-dimensional convolution with constant weights reads integers and has integer weights, the first and the
///    last ones included. Its sum stays in float through the bias and the activation; it is quantised again only where
///    a reader wants integers. So the outputs of a network's heads, and everything after them, are float.
/// 2. Operators that only move elements (``movementOperators``) work on integers when all of their readers do. Their
///    inputs and outputs share one set of parameters, so that an engine can make a concatenation or a split a view.
/// 3. An addition works on integers when all of its readers do (a ReLU may stand between), every operand is a
///    convolution's or another integer operator's, and at least one operand is wanted as integers anyway: the residual
///    addition of a bottleneck. Operands and sum keep parameters of their own.
/// 4. A value that only depthwise convolutions read has a scale and a zero point for each channel; where a smooth
///    activation writes it, which then takes longer, only if its readers gain as much as ``channelScaling`` asks for.
/// 5. All else is float: attention, Softmax, decoding, PReLU, average pooling, standalone batch normalisation. Such
///    operators read the value before it was quantised.
public struct QuantizationPolicy: Sendable, Hashable {
    /// Scales of values that only depthwise convolutions read.
    public enum DepthwiseActivations: Sendable, Hashable {
        case perChannel
        case perTensor
    }

    /// Additions that rule 3 describes.
    public enum ResidualAdditions: Sendable, Hashable {
        case integer
        case float
    }

    /// Units of a value's channels; see ``QuantizationPolicy/channelScaling``.
    public enum ChannelScaling: Sendable, Hashable {
        /// Each reader of a value sees it as it is.
        case off
        /// Channels are scaled where that raises the signal-to-noise ratio of the readers' sums by this many decibels.
        case whereItGains(minimumDecibels: Double)
    }

    /// Whether a value that only convolutions read may have a scale for each channel, which the readers have in their
    /// weights: its QuantizeLinear has scales along axis 1, its DequantizeLinear a single one.
    public var channelScaling = ChannelScaling.whereItGains(minimumDecibels: 3)

    /// Operators that move elements without computing new ones.
    public var movementOperators: Set<String> = ["Concat", "Split", "Slice", "MaxPool", "Resize"]

    public var depthwiseActivations = DepthwiseActivations.perChannel

    public var residualAdditions = ResidualAdditions.integer

    /// Names of convolutions that stay in float.
    public var floatLayers: Set<String> = []

    /// The scale of the network's picture inputs: pixels are integers already, and quantising them loses nothing.
    public var recognizesPixelInputs = true

    public init() {}
}
