import CKernels

/// Quantises real pixels with one scale and zero point for each channel.
struct PixelQuantization {
    private let factors: ConstantMemory<Float>
    private let zeroPoints: ConstantMemory<Float>
    private let channels: Int

    init(_ quantization: Quantization, channels: Int) {
        self.channels = channels
        let index = { (channel: Int) in quantization.isPerTensor ? 0 : channel }
        factors = ConstantMemory((0..<channels).map { 1 / quantization.scales[index($0)] })
        zeroPoints = ConstantMemory((0..<channels).map { Float(quantization.zeroPoints[index($0)]) })
    }

    /// - Parameters:
    ///   - reals: pixels one after the other.
    ///   - outputStride: bytes from an output pixel to the next.
    func apply(
        _ reals: UnsafePointer<Float>, _ output: UnsafeMutablePointer<UInt8>, outputStride: Int, pixels: Int,
        kernels: sightline_float_kernels
    ) {
        kernels.quantize_pixels(reals, factors.base, zeroPoints.base, output, outputStride, pixels, channels)
    }
}
