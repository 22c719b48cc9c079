import Tensors

/// How one axis is resized: extents, scale, and where an index of the result lies in the input.
struct ResizeAxis {
    let input: Int
    let output: Int

    /// Result pixels per input pixel; the one that a node gives, which need not be `output / input`.
    let scale: Double

    let mode: CoordinateMode

    /// The part of the input that is shown, in shares of its extent; for ``CoordinateMode/cropAndResize`` only.
    let region: (start: Double, end: Double)

    /// How an index of the result becomes a coordinate in the input.
    enum CoordinateMode: String {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case halfPixelForNearest = "tf_half_pixel_for_nn"
        case cropAndResize = "tf_crop_and_resize"
    }

    /// Whether every index stays where it is.
    var isIdentity: Bool { input == output && scale == 1 && mode != .cropAndResize }

    /// Whether parts of the result may lie outside of the input.
    var crops: Bool { mode == .cropAndResize }

    /// The coordinate in the input, which may lie beyond its ends; nil where the result is to be filled.
    func coordinate(of index: Int) -> Double? {
        let x = Double(index)
        // The exact extent, of which the result's is the integer part.
        let extent = scale * Double(input)
        let last = Double(input - 1)
        switch mode {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            let offset = Double(input) / 2 * (1 - Double(output) / extent)
            return offset + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return output > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners: return extent == 1 ? 0 : x * last / (extent - 1)
        case .asymmetric: return x / scale
        case .halfPixelForNearest: return (x + 0.5) / scale
        case .cropAndResize:
            let size = region.end - region.start
            let place =
                output > 1
                ? region.start * last + x * size * last / (extent - 1) : (region.start + region.end) / 2 * last
            return place >= 0 && place <= last ? place : nil
        }
    }
}
