/// Draws on a picture in place: `rgb24`, or `yuv420p` so that a decoded frame can be annotated and encoded again
/// without leaving its format.
///
/// Everything is clipped to the picture; positions may lie outside. Opacity runs from 0 to 1. In 4:2:0 a chroma sample
/// is mixed by the share of its four pixels that a shape covers.
public struct Canvas {
    let view: MutableImageView
    private let isRGB: Bool

    /// - Throws: ``ImagingError/unsupportedFormat(_:context:)`` for other formats.
    public init(_ view: MutableImageView) throws(ImagingError) {
        guard view.format == .rgb24 || view.format == .yuv420p else {
            throw .unsupportedFormat(view.format, context: "drawing on a picture")
        }
        self.view = view
        isRGB = view.format == .rgb24
    }

    public var width: Int { view.width }
    public var height: Int { view.height }

    /// A size of letters and lines that reads well on this picture: 1 for small pictures, 2 from 720 rows, 3 from 1440.
    public var comfortableScale: Int { min(3, max(1, (height + 360) / 540)) }

    /// Fills a rectangle.
    public func fill(_ region: PixelRegion, color: DrawingColor, opacity: Double = 1) {
        let region = region.clipped(width: width, height: height)
        let alpha = Self.alpha(opacity)
        guard !region.isEmpty, alpha > 0 else { return }
        let samples = color.samples(in: view.color)
        for y in region.top..<region.bottom {
            if isRGB {
                let row = view.plane(0).row(y)
                for x in region.left..<region.right { mixRGB(row + x * 3, color, alpha) }
            } else {
                let row = view.plane(0).row(y)
                for x in region.left..<region.right { Self.mix(row + x, samples.y, alpha) }
            }
        }
        guard !isRGB else { return }
        for chromaRow in region.top / 2..<(region.bottom + 1) / 2 {
            let rows = overlap(chromaRow * 2, region.top, region.bottom)
            for chromaColumn in region.left / 2..<(region.right + 1) / 2 {
                let share = rows * overlap(chromaColumn * 2, region.left, region.right)
                mixChroma(chromaColumn, chromaRow, samples.u, samples.v, alpha * share / 4)
            }
        }
    }

    /// Draws a rectangle's outline inside its edges.
    public func outline(_ region: PixelRegion, color: DrawingColor, thickness: Int, opacity: Double = 1) {
        let t = max(1, min(thickness, (min(region.right - region.left, region.bottom - region.top) + 1) / 2))
        func fillPart(_ left: Int, _ top: Int, _ right: Int, _ bottom: Int) {
            fill(PixelRegion(left: left, top: top, right: right, bottom: bottom), color: color, opacity: opacity)
        }
        fillPart(region.left, region.top, region.right, region.top + t)
        fillPart(region.left, max(region.top + t, region.bottom - t), region.right, region.bottom)
        fillPart(region.left, region.top + t, region.left + t, region.bottom - t)
        fillPart(max(region.left + t, region.right - t), region.top + t, region.right, region.bottom - t)
    }

    // MARK: - Mixing

    /// Opacity in 256ths.
    static func alpha(_ opacity: Double) -> Int32 { Int32((min(1, max(0, opacity)) * 256).rounded()) }

    @inline(__always)
    static func mix(_ sample: UnsafeMutablePointer<UInt8>, _ value: UInt8, _ alpha: Int32) {
        let old = Int32(sample.pointee)
        sample.pointee = UInt8(truncatingIfNeeded: old &+ ((Int32(value) &- old) &* alpha &+ 128) >> 8)
    }

    @inline(__always)
    func mixRGB(_ pixel: UnsafeMutablePointer<UInt8>, _ color: DrawingColor, _ alpha: Int32) {
        Self.mix(pixel, color.red, alpha)
        Self.mix(pixel + 1, color.green, alpha)
        Self.mix(pixel + 2, color.blue, alpha)
    }

    @inline(__always)
    func mixChroma(_ x: Int, _ y: Int, _ u: UInt8, _ v: UInt8, _ alpha: Int32) {
        Self.mix(view.plane(1).row(y) + x, u, alpha)
        Self.mix(view.plane(2).row(y) + x, v, alpha)
    }

    /// How many of two neighbouring positions lie in a range that touches at least one of them.
    private func overlap(_ first: Int, _ lower: Int, _ upper: Int) -> Int32 {
        Int32(min(upper, first + 2) - max(lower, first))
    }
}
