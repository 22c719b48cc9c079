import Tensors

/// The real numbers that an activation's 256 integers cover. It always contains zero, which has an integer of its own.
public struct ActivationRange: Sendable, Hashable {
    public let lower: Float
    public let upper: Float

    /// A range that covers both bounds and zero.
    public init(lower: Float, upper: Float) {
        self.lower = min(lower, 0)
        self.upper = max(upper, 0)
    }

    /// The smallest scale in use: smaller ones would make reciprocals overflow, and such tensors are zero anyway.
    static let smallestScale: Float = 1e-30

    /// u8, asymmetric: the zero point is rounded, so that zero is exact and the range shifts by half a step at most.
    public var parameters: QuantizationParameters {
        let scale = max((upper - lower) / 255, Self.smallestScale)
        let zeroPoint = min(max((-lower / scale).rounded(.toNearestOrEven), 0), 255)
        return QuantizationParameters(scale: scale, zeroPoint: Int32(zeroPoint), elementType: .uint8)
    }
}
