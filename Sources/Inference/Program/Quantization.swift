import Tensors

/// How the engine's bytes stand for real numbers.
///
/// Activations are always kept as u8; values that the network declares as s8 are kept with 128 added, which changes their
/// zero points likewise.
struct Quantization: Hashable, Sendable {
    /// One scale, or one for each index of ``axis``.
    var scales: [Float]
    /// Zero points of the bytes as they are kept.
    var zeroPoints: [Int32]
    /// The axis that scales run along, or nil.
    var axis: Int?
    /// Whether the network declares s8.
    var isSigned: Bool

    /// The scale of a value quantised as a whole.
    var scale: Float { scales[0] }
    var zeroPoint: Int32 { zeroPoints[0] }
    var isPerTensor: Bool { axis == nil }

    /// What each byte stands for.
    ///
    /// - Precondition: ``isPerTensor``.
    var dequantizationTable: [Float] {
        (0..<256).map { (Float($0) - Float(zeroPoint)) * scale }
    }

    /// The byte that stands for a real number.
    ///
    /// - Precondition: ``isPerTensor``.
    func quantized(_ value: Float) -> UInt8 {
        guard !value.isNaN else { return UInt8(clamping: zeroPoint) }
        let level = (value / scale).rounded(.toNearestOrEven)
        return UInt8(min(max(level + Float(zeroPoint), 0), 255))
    }

    /// Whether the largest byte of every channel stands for a number that an upper bound would round to it.
    func reaches(notBeyond upperBound: Float) -> Bool {
        zip(scales, zeroPoints).allSatisfy { (Float(255 - $1) - 0.5) * $0 <= upperBound }
    }

    var parameters: QuantizationParameters {
        QuantizationParameters(scales: scales, zeroPoints: zeroPoints, axis: axis, elementType: .uint8)
    }
}
