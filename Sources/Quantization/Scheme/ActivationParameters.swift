import Tensors

/// How a group of values is stored as integers, and how its readers see them.
///
/// Usually both sides agree. With ``channelScales`` they do not: each channel is divided by its scale before it is
/// stored, so that quiet channels use as many of the 256 integers as loud ones, and the convolutions that read the value
/// have the scales in their weights. What readers see is then `value / scale` with one set of parameters for the whole
/// tensor, so that they sum integers as ever; only the kernel that writes the value knows about channels.
struct ActivationParameters: Sendable, Hashable {
    /// The parameters that readers see: those of the DequantizeLinear node.
    var stored: QuantizationParameters

    /// The unit of each channel; nil where all are 1.
    var channelScales: [Float]?

    init(_ stored: QuantizationParameters, channelScales: [Float]? = nil) {
        precondition(channelScales == nil || stored.axis == nil)
        self.stored = stored
        self.channelScales = channelScales
    }

    /// The parameters that turn the value itself into integers: those of the QuantizeLinear node.
    var written: QuantizationParameters {
        guard let channelScales else { return stored }
        return QuantizationParameters(
            scales: channelScales.map { $0 * stored.scales[0] },
            zeroPoints: [Int32](repeating: stored.zeroPoints[0], count: channelScales.count), axis: 1,
            elementType: stored.elementType)
    }
}
