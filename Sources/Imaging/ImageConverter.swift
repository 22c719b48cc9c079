import CKernels
import Tensors

/// Converts pictures of one kind to packed RGB or to planar 4:2:0 of the same size. Planned once; a run allocates nothing.
///
/// Not thread-safe: it holds a picture between the two steps that some conversions need.
public final class ImageConverter {
    public let source: ImageDescription
    public let target: ImageDescription

    /// Whatever the source is to R'G'B'; nil when it is packed RGB already.
    private let toRGB: Preprocessor?
    private var intermediate = ImageBuffer()

    /// Plans a conversion.
    ///
    /// - Parameters:
    ///   - format: `.rgb24` or `.yuv420p`.
    ///   - color: colours of a YUV target; its chroma lies in the middle of each block.
    public init(
        source: ImageDescription, format: PixelFormat, color: ColorDescription = .jpeg
    ) throws(ImagingError) {
        guard format == .rgb24 || format == .yuv420p else {
            throw .unsupportedFormat(format, context: "converting a picture to it")
        }
        self.source = source
        var target = ImageDescription(width: source.width, height: source.height, format: format, color: .jpeg)
        if format == .yuv420p {
            target.color = color
            target.color.chromaSiting = .center
        }
        self.target = target
        if [.rgb24, .bgr24, .rgba, .bgra].contains(source.format) && format == .yuv420p {
            toRGB = nil
            return
        }
        intermediate = try ImageBuffer(
            ImageDescription(width: source.width, height: source.height, format: .rgb24, color: .jpeg))
        let rowStride = intermediate.unsafeView.plane(0).rowStride
        toRGB = try Preprocessor(
            source: source,
            picture: NetworkPicture(width: source.width, height: source.height, letterbox: .stretch),
            layout: .interleaved(
                rowStride: rowStride, pixelStride: 3,
                QuantizationParameters(scale: 1 / 255, zeroPoint: 0, elementType: .uint8)))
    }

    /// Converts a picture into a buffer, which becomes one of ``target``.
    public func convert(_ view: ImageView, into buffer: inout ImageBuffer) throws(ImagingError) {
        try buffer.reshape(target)
        try buffer.withMutableView { output throws(ImagingError) in try convert(view, into: output) }
    }

    /// Converts a picture into memory of the target's size and format.
    public func convert(_ view: ImageView, into output: MutableImageView) throws(ImagingError) {
        guard view.description == source else { throw .unexpectedImage(expected: source, found: view.description) }
        guard output.width == target.width, output.height == target.height, output.format == target.format else {
            throw .unexpectedImage(expected: target, found: output.description)
        }
        guard let toRGB else { return Self.toYUV420(view, output, matrix: target.color.fromRGB) }
        try intermediate.withMutableView { rgb throws(ImagingError) in
            let plane = rgb.plane(0)
            try toRGB.run(
                view, into: UnsafeMutableRawBufferPointer(start: plane.base, count: plane.rowStride * rgb.height))
            if target.format == .rgb24 {
                for y in 0..<rgb.height {
                    output.plane(0).row(y).update(from: plane.row(y), count: rgb.width * 3)
                }
            } else {
                Self.toYUV420(rgb.readOnly, output, matrix: target.color.fromRGB)
            }
        }
    }

    /// A converted copy of a picture, for single ones.
    public static func convert(
        _ view: ImageView, to format: PixelFormat, color: ColorDescription = .jpeg
    ) throws(ImagingError) -> ImageBuffer {
        var buffer = ImageBuffer()
        try ImageConverter(source: view.description, format: format, color: color).convert(view, into: &buffer)
        return buffer
    }

    private static func toYUV420(
        _ view: ImageView, _ output: MutableImageView, matrix: sightline_inverse_color_matrix
    ) {
        let components = view.format.components
        withUnsafePointer(to: matrix) { matrix in
            for y in stride(from: 0, to: view.height, by: 2) {
                let next = min(y + 1, view.height - 1)
                sightline_rgb_to_yuv420_rows(
                    matrix, view.plane(0).row(y), view.plane(0).row(next), components[0].step, components[0].offset,
                    components[1].offset, components[2].offset, view.width, output.plane(0).row(y),
                    output.plane(0).row(next), output.plane(1).row(y / 2), output.plane(2).row(y / 2))
            }
        }
    }
}
