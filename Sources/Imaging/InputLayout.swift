import Tensors

/// How a network's input lies in memory.
public enum InputLayout: Hashable, Sendable {
    /// 8-bit pixels, channels side by side. Strides in bytes. With a pixel stride of 4 the fourth byte becomes 0; bytes
    /// beyond the third are otherwise left alone.
    case interleaved(rowStride: Int, pixelStride: Int, QuantizationParameters)
    /// 8-bit channel planes, dense, one after the other (NCHW).
    case planar(QuantizationParameters)
    /// Floats in channel planes, dense (NCHW).
    case planarFloat
    /// Floats with channels side by side, dense (NHWC).
    case interleavedFloat
}

extension InputLayout {
    /// Bytes from the first to behind the last one that is written.
    func byteCount(width: Int, height: Int) -> Int {
        switch self {
        case .interleaved(let rowStride, let pixelStride, _):
            (height - 1) * rowStride + (width - 1) * pixelStride + (pixelStride == 4 ? 4 : 3)
        case .planar: width * height * 3
        case .planarFloat, .interleavedFloat: width * height * 12
        }
    }
}
