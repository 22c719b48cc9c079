import CV4L2
import Imaging

/// The format that a driver has set: what was negotiated, as the driver answered.
public struct ActiveFormat: Sendable, Hashable {
    public var fourcc: FourCC
    public var width: Int
    public var height: Int
    /// Bytes from a row of the first plane to the next; 0 for compressed formats.
    public var rowStride: Int
    /// The largest frame in bytes.
    public var byteCount: Int
    public var color: ColorDescription
    public var rate: FrameRate?

    public var reading: FrameReading { FrameReading(fourcc) }

    public init(
        fourcc: FourCC, width: Int, height: Int, rowStride: Int, byteCount: Int, color: ColorDescription,
        rate: FrameRate? = nil
    ) {
        self.fourcc = fourcc
        self.width = width
        self.height = height
        self.rowStride = rowStride
        self.byteCount = byteCount
        self.color = color
        self.rate = rate
    }

    init(_ pixels: v4l2_pix_format, rate: FrameRate?) {
        let fourcc = FourCC(code: pixels.pixelformat)
        self.init(
            fourcc: fourcc, width: Int(pixels.width), height: Int(pixels.height), rowStride: Int(pixels.bytesperline),
            byteCount: Int(pixels.sizeimage), color: Self.color(pixels), rate: rate)
        if FrameReading(fourcc) == .jpeg { color = .jpeg }
    }

    /// Nanoseconds from a frame to the next; as at 30 frames per second where the driver does not say.
    var interval: Int64 { rate?.interval ?? 33_333_333 }

    /// Whether another format gives frames that look the same in memory.
    func isSame(as other: ActiveFormat) -> Bool {
        fourcc == other.fourcc && width == other.width && height == other.height && rowStride == other.rowStride
    }

    /// The picture in a driver's buffer; nil when the buffer is too small for it, or the format is not read in place.
    package func view(_ bytes: UnsafeRawBufferPointer) -> ImageView? {
        guard case .direct(let format) = reading, let base = bytes.baseAddress, width > 0, height > 0 else {
            return nil
        }
        let luma = base.assumingMemoryBound(to: UInt8.self)
        let minimum = format.rowByteCount(plane: 0, width: width)
        let stride = max(rowStride, minimum)
        let description = ImageDescription(width: width, height: height, format: format, color: color)
        // Planes follow one another; chroma rows are as long as luma rows where U and V are paired, else half as long.
        let chromaStride = format.planeCount == 3 ? stride >> format.horizontalChromaShift : stride
        let chromaRows = format.rowCount(plane: 1, height: height)
        let lumaSize = stride * height
        let needed: Int =
            switch format.planeCount {
            case 1: stride * (height - 1) + minimum
            case 2: lumaSize + chromaStride * (chromaRows - 1) + format.rowByteCount(plane: 1, width: width)
            default: lumaSize + 2 * chromaStride * chromaRows
            }
        guard bytes.count >= needed else { return nil }
        let first = ImageView.Plane(base: luma, rowStride: stride)
        guard format.planeCount > 1 else { return ImageView(description, first) }
        let second = ImageView.Plane(base: luma + lumaSize, rowStride: chromaStride)
        guard format.planeCount > 2 else { return ImageView(description, first, second) }
        let third = ImageView.Plane(base: luma + lumaSize + chromaStride * chromaRows, rowStride: chromaStride)
        // YV12 has V before U.
        return fourcc == "YV12"
            ? ImageView(description, first, third, second) : ImageView(description, first, second, third)
    }

    /// Colours as the driver describes them, with the defaults of the V4L2 specification ("Colorspaces").
    private static func color(_ pixels: v4l2_pix_format) -> ColorDescription {
        let isExtended = pixels.priv == sightline_pix_fmt_priv_magic
        let encoding = isExtended ? pixels.ycbcr_enc : 0
        let quantization = isExtended ? pixels.quantization : 0
        let space = pixels.colorspace
        let matrix: ColorDescription.Matrix =
            switch encoding {
            case V4L2_YCBCR_ENC_709.rawValue, V4L2_YCBCR_ENC_XV709.rawValue: .bt709
            case V4L2_YCBCR_ENC_BT2020.rawValue, V4L2_YCBCR_ENC_BT2020_CONST_LUM.rawValue: .bt2020
            case V4L2_YCBCR_ENC_DEFAULT.rawValue where space == V4L2_COLORSPACE_REC709.rawValue: .bt709
            case V4L2_YCBCR_ENC_DEFAULT.rawValue where space == V4L2_COLORSPACE_BT2020.rawValue: .bt2020
            default: .bt601
            }
        let isFull =
            quantization == V4L2_QUANTIZATION_FULL_RANGE.rawValue
            || (quantization == V4L2_QUANTIZATION_DEFAULT.rawValue && space == V4L2_COLORSPACE_JPEG.rawValue)
        return ColorDescription(matrix: matrix, range: isFull ? .full : .limited, chromaSiting: .left)
    }
}

extension ActiveFormat: CustomStringConvertible {
    public var description: String {
        let rate = rate.map { " at \($0.rounded) fps" } ?? ""
        return "\(fourcc) \(width)x\(height)\(rate)"
    }
}
