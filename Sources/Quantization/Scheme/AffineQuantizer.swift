import Tensors

/// What QuantizeLinear followed by DequantizeLinear does to one value, for one scale and zero point.
package struct AffineQuantizer {
    package let scale: Float
    package let zeroPoint: Float
    package let lowest: Float
    package let highest: Float

    package init(scale: Float, zeroPoint: Int32, elementType: ElementType) {
        self.scale = scale
        self.zeroPoint = Float(zeroPoint)
        let isSigned = elementType == .int8
        lowest = isSigned ? -128 : 0
        highest = isSigned ? 127 : 255
    }

    /// Whole-tensor parameters.
    ///
    /// - Precondition: the parameters have no axis.
    package init(_ parameters: QuantizationParameters) {
        precondition(parameters.axis == nil)
        self.init(
            scale: parameters.scales[0], zeroPoint: parameters.zeroPoints[0], elementType: parameters.elementType)
    }

    /// The parameters of one channel, or of the whole tensor where there are no channels.
    package init(_ parameters: QuantizationParameters, channel: Int) {
        let index = parameters.axis == nil ? 0 : channel
        self.init(
            scale: parameters.scales[index], zeroPoint: parameters.zeroPoints[index],
            elementType: parameters.elementType)
    }

    /// The nearest value that has an integer.
    @inline(__always)
    package func roundTrip(_ value: Float) -> Float {
        let integer = (value / scale).rounded(.toNearestOrEven) + zeroPoint
        return (min(max(integer, lowest), highest) - zeroPoint) * scale
    }

    /// The smallest and the largest real number that have an integer.
    package var representable: (lower: Float, upper: Float) {
        ((lowest - zeroPoint) * scale, (highest - zeroPoint) * scale)
    }
}
