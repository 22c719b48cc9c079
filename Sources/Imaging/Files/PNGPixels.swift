import CAV

/// Brings the pixel formats of libavcodec's PNG decoder to ours: 16 bits become 8, palettes become colours or indices.
struct PNGPixels {
    private let frame: AVFrame
    private let isLabels: Bool
    private let name: String
    private let layout: Layout

    /// How a stored pixel is read.
    private enum Layout {
        /// Equal to one of our formats.
        case same(PixelFormat)
        /// Some bytes of each stored pixel make one of ours.
        case picked(PixelFormat, stride: Int, offsets: [Int])
        case palette
        case bits(inverted: Bool)
    }

    init(frame: AVFrame, output: PNGFile.Output, name: String) throws(ImagingError) {
        self.frame = frame
        self.name = name
        isLabels = output == .labels
        let format = AVPixelFormat(rawValue: frame.format)
        // 16-bit samples are big-endian: their first byte is the more significant one.
        layout =
            switch format {
            case AV_PIX_FMT_GRAY8: .same(.gray8)
            case AV_PIX_FMT_RGB24: .same(.rgb24)
            case AV_PIX_FMT_RGBA: .same(.rgba)
            case AV_PIX_FMT_YA8: .picked(.gray8, stride: 2, offsets: [0])
            case AV_PIX_FMT_GRAY16BE: .picked(.gray8, stride: 2, offsets: [0])
            case AV_PIX_FMT_YA16BE: .picked(.gray8, stride: 4, offsets: [0])
            case AV_PIX_FMT_RGB48BE: .picked(.rgb24, stride: 6, offsets: [0, 2, 4])
            case AV_PIX_FMT_RGBA64BE: .picked(.rgba, stride: 8, offsets: [0, 2, 4, 6])
            case AV_PIX_FMT_PAL8: .palette
            case AV_PIX_FMT_MONOBLACK: .bits(inverted: false)
            case AV_PIX_FMT_MONOWHITE: .bits(inverted: true)
            default:
                throw .unsupportedImage(
                    path: name,
                    detail: av_get_pix_fmt_name(format).map { "pixel format " + String(cString: $0) }
                        ?? "unknown pixel format")
            }
        if isLabels, case .same(.rgb24) = layout { throw Self.notLabels(name) }
        if isLabels, case .same(.rgba) = layout { throw Self.notLabels(name) }
        if isLabels, case .picked = layout { throw Self.notLabels(name) }
    }

    private static func notLabels(_ name: String) -> ImagingError {
        .unsupportedImage(path: name, detail: "a label mask must be 8-bit grey or indexed, and this is not")
    }

    func copy(into buffer: inout ImageBuffer) throws(ImagingError) {
        let format: PixelFormat =
            switch layout {
            case .same(let format), .picked(let format, _, _): format
            case .palette: isLabels ? .gray8 : .rgb24
            case .bits: .gray8
            }
        guard let base = frame.data.0 else { throw .damagedImage(path: name, detail: "no pixels") }
        try buffer.reshape(ImageDescription(width: Int(frame.width), height: Int(frame.height), format: format))
        buffer.withMutableView { view in
            for y in 0..<view.height {
                copyRow(UnsafePointer(base) + y * Int(frame.linesize.0), to: view.plane(0).row(y), width: view.width)
            }
        }
    }

    private func copyRow(_ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>, width: Int) {
        switch layout {
        case .same(let format):
            target.update(from: source, count: format.rowByteCount(plane: 0, width: width))
        case .picked(_, let stride, let offsets):
            for x in 0..<width {
                for (i, offset) in offsets.enumerated() { target[x * offsets.count + i] = source[x * stride + offset] }
            }
        case .palette:
            if isLabels {
                target.update(from: source, count: width)
            } else if let palette = frame.data.1 {
                // 32-bit values of alpha, red, green, blue from the top, in native order: blue comes first.
                for x in 0..<width {
                    let entry = palette + Int(source[x]) * 4
                    (target[x * 3], target[x * 3 + 1], target[x * 3 + 2]) = (entry[2], entry[1], entry[0])
                }
            }
        case .bits(let inverted):
            let one: UInt8 = isLabels ? 1 : 255
            for x in 0..<width {
                let bit = source[x / 8] >> (7 - UInt8(x % 8)) & 1
                target[x] = (bit == 1) != inverted ? one : 0
            }
        }
    }
}
