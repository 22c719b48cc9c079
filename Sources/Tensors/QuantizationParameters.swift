/// How integers stand for real numbers: `real = (integer - zeroPoint) * scale`, per tensor or per slice along an axis.
///
/// The integer of a real number is `saturate(roundToNearestEven(real / scale) + zeroPoint)`, as ONNX QuantizeLinear
/// defines it.
public struct QuantizationParameters: Hashable, Sendable {
    /// One scale for the whole tensor, or one for each index along ``axis``. All are positive and finite.
    public var scales: [Float]

    /// As many zero points as scales, in the range of ``elementType``.
    public var zeroPoints: [Int32]

    /// The axis that scales and zero points run along; nil when they hold for the whole tensor.
    public var axis: Int?

    /// The integer type: `.uint8` or `.int8` (others occur in imported files only).
    public var elementType: ElementType

    public init(scales: [Float], zeroPoints: [Int32], axis: Int?, elementType: ElementType) {
        precondition(scales.count == zeroPoints.count && (axis != nil || scales.count == 1))
        self.scales = scales
        self.zeroPoints = zeroPoints
        self.axis = axis
        self.elementType = elementType
    }

    /// Parameters for a whole tensor.
    public init(scale: Float, zeroPoint: Int32, elementType: ElementType) {
        self.init(scales: [scale], zeroPoints: [zeroPoint], axis: nil, elementType: elementType)
    }
}
