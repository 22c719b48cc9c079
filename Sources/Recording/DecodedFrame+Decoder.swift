import CAV
import Imaging

extension DecodedFrame {
    /// Makes the frame show the decoder's planes, or an 8-bit copy where those have more bits.
    ///
    /// - Throws: ``RecordingError/unsupported(path:detail:)`` for pixel formats that are none of ours.
    mutating func takeSamples(
        of decoded: UnsafeMutablePointer<AVFrame>, path: String
    ) throws(RecordingError) {
        isKeyframe = decoded.pointee.key_frame != 0
        isDamaged = decoded.pointee.decode_error_flags != 0 || decoded.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
        if let description = ImageDescription(decoderFrame: decoded) {
            self.description = description
            samples = .decoder
        } else if let reduction = DepthReduction(decoderFrame: decoded) {
            do throws(ImagingError) { try reduction.copy(into: &buffer) } catch { throw .image(error) }
            samples = .buffer
        } else {
            throw .unsupported(path: path, detail: "pixel format \(PixelFormat.libraryName(decoded.pointee.format))")
        }
    }
}
