import Tensors

/// A place that the caller writes before a run.
///
/// The engine reads it and leaves it as it is, so an input that stays the same need not be written again.
public struct EngineInput: @unchecked Sendable {
    // Sendable without checking: the pointer is the caller's to write, between runs, from one thread at a time.

    /// How elements lie in memory.
    public enum Layout: Sendable, Hashable {
        /// ONNX order, no gaps.
        case rowMajor(ElementType)
        /// For images of shape 1 x channels x height x width: quantised bytes (u8), channels adjacent in each pixel.
        /// Strides are in bytes. Byte of channel c in pixel (x, y): `y * rowStride + x * pixelStride + c`.
        case pixelInterleaved(rowStride: Int, pixelStride: Int, quantization: QuantizationParameters)
    }

    public let name: String

    /// The shape, as in the ONNX file.
    public let shape: Shape

    public let layout: Layout

    /// Where the first element lies. Valid as long as the engine lives.
    public let baseAddress: UnsafeMutableRawPointer
}
