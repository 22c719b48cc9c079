import CAV
import Imaging

/// Brings YUV frames of 9 to 16 bits (HEVC Main 10, ProRes) to 8 bits, which all that follows works on.
///
/// Costs a pass over the frame; 8-bit video never comes here.
struct DepthReduction {
    private let frame: UnsafePointer<AVFrame>
    private let descriptor: AVPixFmtDescriptor
    private let description: ImageDescription
    private let depth: Int

    /// Nil when the frame is not little-endian YUV or grey of more than 8 bits.
    init?(decoderFrame frame: UnsafePointer<AVFrame>) {
        guard let descriptor = av_pix_fmt_desc_get(AVPixelFormat(rawValue: frame.pointee.format))?.pointee else {
            return nil
        }
        let refused =
            AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL
            | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER
        let depth = Int(descriptor.comp.0.depth)
        guard descriptor.flags & UInt64(refused) == 0, 9...16 ~= depth else { return nil }
        let format: PixelFormat
        switch (descriptor.nb_components, descriptor.log2_chroma_w, descriptor.log2_chroma_h) {
        case (1, _, _): format = .gray8
        case (3, 1, 1): format = .yuv420p
        case (3, 1, 0): format = .yuv422p
        case (3, 0, 0): format = .yuv444p
        default: return nil
        }
        self.frame = frame
        self.descriptor = descriptor
        self.depth = depth
        description = ImageDescription(
            width: Int(frame.pointee.width), height: Int(frame.pointee.height), format: format,
            color: ColorDescription(decoderFrame: frame, format: format, isFullRange: format == .gray8))
    }

    func copy(into buffer: inout ImageBuffer) throws(ImagingError) {
        try buffer.reshape(description)
        let components = [descriptor.comp.0, descriptor.comp.1, descriptor.comp.2]
        let (data, lines) = (frame.pointee.data, frame.pointee.linesize)
        let bases = [data.0, data.1, data.2]
        let strides = [Int(lines.0), Int(lines.1), Int(lines.2)]
        buffer.withMutableView { view in
            for plane in 0..<view.format.planeCount {
                let component = components[plane]
                guard let base = bases[Int(component.plane)] else { continue }
                let (rounding, shift) = (1 << (depth - 9), depth - 8)
                for y in 0..<view.format.rowCount(plane: plane, height: view.height) {
                    let source = UnsafeRawPointer(base) + y * strides[Int(component.plane)] + Int(component.offset)
                    let target = view.plane(plane).row(y)
                    for x in 0..<view.format.rowByteCount(plane: plane, width: view.width) {
                        let stored = source.loadUnaligned(fromByteOffset: x * Int(component.step), as: UInt16.self)
                        let sample = ((Int(UInt16(littleEndian: stored)) >> Int(component.shift)) + rounding) >> shift
                        target[x] = UInt8(min(255, sample))
                    }
                }
            }
        }
    }
}
