import Imaging
import Messages

/// Makes a JPEG of a frame as it lies in shared memory; JPEG frames are taken as they are.
///
/// The frame may be taken away while it is read: the bytes count only once the caller has found that it was not.
struct FramePicture: ~Copyable {
    private var encoder: JPEGEncoder
    private var converter: ImageConverter?
    private var converted = ImageBuffer()
    private let quality: Int
    /// The last picture.
    private(set) var bytes: [UInt8] = []

    init(quality: Int) throws(ImagingError) {
        encoder = try JPEGEncoder()
        self.quality = quality
    }

    /// Takes a frame; false when it makes no sense or has a format that is not known.
    mutating func take(_ frame: Sightline_Frame, _ memory: UnsafeRawBufferPointer) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        if frame.pixelFormat == .jpeg {
            bytes.append(contentsOf: memory)
            return !bytes.isEmpty
        }
        guard let view = Self.view(of: frame, memory) else { return false }
        do throws(ImagingError) {
            try encode(view)
            return true
        } catch {
            return false
        }
    }

    private mutating func encode(_ view: ImageView) throws(ImagingError) {
        if isStorable(view) { return try compress(view) }
        if converter?.source != view.description {
            // JPEG's own colours, in planes: half of RGB's bytes, and no second conversion in the encoder.
            let isEven = view.width % 2 == 0 && view.height % 2 == 0
            converter = try ImageConverter(source: view.description, format: isEven ? .yuv420p : .rgb24)
        }
        try converter?.convert(view, into: &converted)
        try compress(converted.unsafeView)
    }

    /// Whether JPEG stores these samples without a conversion of ours.
    private func isStorable(_ view: ImageView) -> Bool {
        switch view.format {
        case .rgb24, .bgr24, .rgba, .bgra, .gray8: true
        case .yuv420p, .yuv444p:
            view.color.range == .full && view.color.matrix == .bt601 && view.width % 2 == 0 && view.height % 2 == 0
        default: false
        }
    }

    private mutating func compress(_ view: ImageView) throws(ImagingError) {
        var result: [UInt8] = []
        swap(&result, &bytes)
        try encoder.encode(view, quality: quality, name: "recording") { jpeg in result.append(contentsOf: jpeg) }
        swap(&result, &bytes)
    }

    /// The frame's planes in place; nil when they do not lie within the frame's bytes.
    private static func view(of frame: Sightline_Frame, _ memory: UnsafeRawBufferPointer) -> ImageView? {
        guard let format = format(frame.pixelFormat), frame.planes.count == format.planeCount,
            let base = memory.baseAddress?.assumingMemoryBound(to: UInt8.self),
            1...UInt32(ImageLimits.maximumSide) ~= frame.width, 1...UInt32(ImageLimits.maximumSide) ~= frame.height
        else { return nil }
        let (width, height) = (Int(frame.width), Int(frame.height))
        var planes: [ImageView.Plane] = []
        for (index, plane) in frame.planes.enumerated() {
            let rowBytes = format.rowByteCount(plane: index, width: width)
            let rows = format.rowCount(plane: index, height: height)
            guard let offset = Int(exactly: plane.offset), offset <= memory.count, Int(plane.stride) >= rowBytes,
                Int(plane.stride) * (rows - 1) + rowBytes <= memory.count - offset
            else { return nil }
            planes.append(.init(base: base + offset, rowStride: Int(plane.stride)))
        }
        return ImageView(
            ImageDescription(width: width, height: height, format: format, color: color(of: frame)), planes[0],
            planes.count > 1 ? planes[1] : nil, planes.count > 2 ? planes[2] : nil)
    }

    private static func color(of frame: Sightline_Frame) -> ColorDescription {
        let matrix: ColorDescription.Matrix =
            switch frame.colorMatrix {
            case .bt709: .bt709
            case .bt2020: .bt2020
            case .bt601, .unknown, .UNRECOGNIZED: .bt601
            }
        let isVideo = frame.colorMatrix != .unknown && !frame.isFullRange
        return ColorDescription(
            matrix: matrix, range: isVideo ? .limited : .full, chromaSiting: isVideo ? .left : .center)
    }

    private static func format(_ format: Sightline_PixelFormat) -> PixelFormat? {
        switch format {
        case .rgb24: .rgb24
        case .bgr24: .bgr24
        case .rgba: .rgba
        case .bgra: .bgra
        case .gbrPlanar: .gbrp
        case .nv12: .nv12
        case .nv21: .nv21
        case .yuyv: .yuyv422
        case .uyvy: .uyvy422
        case .i420: .yuv420p
        case .i422: .yuv422p
        case .i444: .yuv444p
        case .gray8: .gray8
        case .jpeg, .unknown, .UNRECOGNIZED: nil
        }
    }
}
