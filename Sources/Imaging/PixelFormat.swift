/// How the samples of a picture lie in memory. All samples have 8 bits. Names are those of FFmpeg.
public enum PixelFormat: String, Sendable, Hashable, CaseIterable {
    /// Planes Y, U, V; chroma halved in both directions.
    case yuv420p
    /// Planes Y, U, V; chroma halved horizontally.
    case yuv422p
    /// Planes Y, U, V of equal size.
    case yuv444p
    /// Plane Y, then a plane of U V pairs; chroma halved in both directions.
    case nv12
    /// Plane Y, then a plane of V U pairs; chroma halved in both directions.
    case nv21
    /// Y U Y V for each two pixels.
    case yuyv422
    /// U Y V Y for each two pixels.
    case uyvy422
    /// Luma only.
    case gray8
    case rgb24
    case bgr24
    /// Four bytes per pixel; alpha is carried, but ignored wherever a colour is read.
    case rgba
    case bgra
    /// Planes G, B, R of equal size.
    case gbrp
}

extension PixelFormat {
    public var planeCount: Int {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p, .gbrp: 3
        case .nv12, .nv21: 2
        case .yuyv422, .uyvy422, .gray8, .rgb24, .bgr24, .rgba, .bgra: 1
        }
    }

    /// Whether samples are luma and chroma, to be read with a colour matrix and range.
    public var isYUV: Bool {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p, .nv12, .nv21, .yuyv422, .uyvy422, .gray8: true
        case .rgb24, .bgr24, .rgba, .bgra, .gbrp: false
        }
    }

    /// Base-two logarithm of luma columns per chroma column.
    public var horizontalChromaShift: Int {
        switch self {
        case .yuv420p, .yuv422p, .nv12, .nv21, .yuyv422, .uyvy422: 1
        case .yuv444p, .gray8, .rgb24, .bgr24, .rgba, .bgra, .gbrp: 0
        }
    }

    /// Base-two logarithm of luma rows per chroma row.
    public var verticalChromaShift: Int {
        switch self {
        case .yuv420p, .nv12, .nv21: 1
        case .yuv422p, .yuv444p, .yuyv422, .uyvy422, .gray8, .rgb24, .bgr24, .rgba, .bgra, .gbrp: 0
        }
    }

    /// Bytes of one row of a plane that carry samples, for a picture of the given width.
    public func rowByteCount(plane: Int, width: Int) -> Int {
        switch self {
        case .gray8, .yuv444p, .gbrp: width
        case .yuv420p, .yuv422p: plane == 0 ? width : (width + 1) / 2
        case .nv12, .nv21: plane == 0 ? width : (width + 1) / 2 * 2
        case .yuyv422, .uyvy422: (width + 1) / 2 * 4
        case .rgb24, .bgr24: width * 3
        case .rgba, .bgra: width * 4
        }
    }

    /// Rows of a plane, for a picture of the given height.
    public func rowCount(plane: Int, height: Int) -> Int {
        guard plane > 0 else { return height }
        let shift = verticalChromaShift
        return (height + (1 << shift) - 1) >> shift
    }
}

extension PixelFormat: CustomStringConvertible {
    public var description: String { rawValue }
}
