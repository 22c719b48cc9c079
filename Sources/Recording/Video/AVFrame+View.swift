import CAV
import Imaging

extension ImageView {
    /// The planes of a decoded frame; nil when a plane is missing.
    init?(decoderFrame: UnsafePointer<AVFrame>, description: ImageDescription) {
        let frame = decoderFrame.pointee
        func plane(_ data: UnsafeMutablePointer<UInt8>?, _ stride: Int32) -> Plane? {
            data.map { Plane(base: UnsafePointer($0), rowStride: Int(stride)) }
        }
        guard let first = plane(frame.data.0, frame.linesize.0) else { return nil }
        let count = description.format.planeCount
        let second = count > 1 ? plane(frame.data.1, frame.linesize.1) : nil
        let third = count > 2 ? plane(frame.data.2, frame.linesize.2) : nil
        guard (count < 2 || second != nil) && (count < 3 || third != nil) else { return nil }
        self.init(description, first, second, third)
    }
}

extension ImageDescription {
    /// Size, format and colours of a decoded frame; nil when the pixel format is none of ours.
    init?(decoderFrame frame: UnsafePointer<AVFrame>) {
        guard let (format, isFullRange) = PixelFormat.named(AVPixelFormat(rawValue: frame.pointee.format)) else {
            return nil
        }
        self.init(
            width: Int(frame.pointee.width), height: Int(frame.pointee.height), format: format,
            color: ColorDescription(decoderFrame: frame, format: format, isFullRange: isFullRange))
    }
}

extension PixelFormat {
    /// Our name of FFmpeg's format, and whether that format implies the full range.
    static func named(_ format: AVPixelFormat) -> (PixelFormat, isFullRange: Bool)? {
        switch format {
        case AV_PIX_FMT_YUV420P: (.yuv420p, false)
        case AV_PIX_FMT_YUVJ420P: (.yuv420p, true)
        case AV_PIX_FMT_YUV422P: (.yuv422p, false)
        case AV_PIX_FMT_YUVJ422P: (.yuv422p, true)
        case AV_PIX_FMT_YUV444P: (.yuv444p, false)
        case AV_PIX_FMT_YUVJ444P: (.yuv444p, true)
        case AV_PIX_FMT_NV12: (.nv12, false)
        case AV_PIX_FMT_NV21: (.nv21, false)
        case AV_PIX_FMT_YUYV422: (.yuyv422, false)
        case AV_PIX_FMT_UYVY422: (.uyvy422, false)
        case AV_PIX_FMT_GRAY8: (.gray8, true)
        case AV_PIX_FMT_RGB24: (.rgb24, true)
        case AV_PIX_FMT_BGR24: (.bgr24, true)
        case AV_PIX_FMT_RGBA, AV_PIX_FMT_RGB0: (.rgba, true)
        case AV_PIX_FMT_BGRA, AV_PIX_FMT_BGR0: (.bgra, true)
        case AV_PIX_FMT_GBRP: (.gbrp, true)
        default: nil
        }
    }

    /// FFmpeg's name of a format, for messages.
    static func libraryName(_ format: Int32) -> String {
        av_get_pix_fmt_name(AVPixelFormat(rawValue: format)).map { String(cString: $0) } ?? "number \(format)"
    }
}

extension ColorDescription {
    /// What the stream says about its colours, with players' defaults for what it leaves out: BT.709 from 720 rows on,
    /// limited range, chroma on the left.
    init(decoderFrame frame: UnsafePointer<AVFrame>, format: PixelFormat, isFullRange: Bool) {
        guard format.isYUV else {
            self = .jpeg
            return
        }
        let matrix: Matrix =
            switch frame.pointee.colorspace {
            case AVCOL_SPC_BT709: .bt709
            case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_FCC, AVCOL_SPC_SMPTE240M: .bt601
            case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: .bt2020
            default: frame.pointee.height >= 720 && !isFullRange ? .bt709 : .bt601
            }
        let range: Range =
            switch frame.pointee.color_range {
            case AVCOL_RANGE_JPEG: .full
            case AVCOL_RANGE_MPEG: .limited
            default: isFullRange ? .full : .limited
            }
        let siting: ChromaSiting =
            switch frame.pointee.chroma_location {
            case AVCHROMA_LOC_CENTER: .center
            case AVCHROMA_LOC_TOPLEFT: .topLeft
            case AVCHROMA_LOC_LEFT: .left
            default: isFullRange ? .center : .left
            }
        self.init(matrix: matrix, range: range, chromaSiting: siting)
    }
}
