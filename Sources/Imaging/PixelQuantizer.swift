import Tensors

/// What a network's 8-bit input holds for each 8-bit pixel value, per channel.
struct PixelQuantizer {
    /// Three tables of 256 bytes, in the network's channel order.
    let table: [UInt8]
    /// Whether the input is the pixel itself, as with values of 0...1 quantised by 1/255.
    let isIdentity: Bool

    init(picture: NetworkPicture, parameters: QuantizationParameters) throws(ImagingError) {
        let count = parameters.scales.count
        guard count == 1 || count == 3 else {
            throw .invalidParameter(name: "input quantisation", detail: "\(count) scales for three channels")
        }
        guard parameters.elementType == .uint8 || parameters.elementType == .int8 else {
            throw .invalidParameter(
                name: "input quantisation", detail: "element type \(parameters.elementType) is not an 8-bit integer")
        }
        let limits: ClosedRange<Double> = parameters.elementType == .uint8 ? 0...255 : -128...127
        var table = [UInt8](repeating: 0, count: 3 * 256)
        for channel in 0..<3 {
            let scale = Double(parameters.scales[count == 1 ? 0 : channel])
            let zeroPoint = Double(parameters.zeroPoints[count == 1 ? 0 : channel])
            for pixel in 0..<256 {
                let real = Double(pixel) * Double(picture.scale[channel]) + Double(picture.offset[channel])
                let quantized = (real / scale).rounded(.toNearestOrEven) + zeroPoint
                guard quantized.isFinite else {
                    throw .invalidParameter(name: "input quantisation", detail: "scale \(scale) gives no number")
                }
                let clamped = min(max(quantized, limits.lowerBound), limits.upperBound)
                table[channel * 256 + pixel] = UInt8(truncatingIfNeeded: Int(clamped))
            }
        }
        self.table = table
        isIdentity = table.indices.allSatisfy { table[$0] == UInt8($0 & 255) }
    }

    /// The pixels themselves, for inputs of floats.
    init() {
        table = (0..<768).map { UInt8($0 & 255) }
        isIdentity = true
    }
}
