import CV4L2
import Imaging
import Platform

/// Converts frames of formats that are not read in place, with libv4lconvert, to planar 4:2:0 or packed RGB.
final class FrameConverter {
    private let handle: OpaquePointer
    private var source = v4l2_format()
    private var target = v4l2_format()
    /// What converted frames are.
    let format: ActiveFormat
    /// Bytes that a converted frame takes.
    var byteCount: Int { format.byteCount }

    /// Plans the conversion from a format that the device has set; nil when the library cannot be used at all.
    init?(device: borrowing VideoDevice, source: v4l2_format) {
        guard let handle = v4lconvert_create(device.descriptor) else { return nil }
        self.handle = handle
        self.source = source
        target = source
        target.fmt.pix.pixelformat = Self.target.code
        // Row stride and size follow from the format.
        v4lconvert_fixup_fmt(&target)
        format = ActiveFormat(target.fmt.pix, rate: nil)
    }

    /// Planar 4:2:0: the smallest of the formats that the library converts to.
    private static var target: FourCC { "YU12" }

    deinit {
        v4lconvert_destroy(handle)
    }

    /// Converts a frame; false when the library cannot, because the frame is damaged.
    func convert(_ frame: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer) -> Bool {
        guard let input = frame.baseAddress, let output = memory.baseAddress else { return false }
        // The library takes the frame as writable, but writes only where it unpacks in place, which these formats do not.
        let bytes = UnsafeMutableRawPointer(mutating: input).assumingMemoryBound(to: UInt8.self)
        let count = v4lconvert_convert(
            handle, &source, &target, bytes, Int32(clamping: frame.count),
            output.assumingMemoryBound(to: UInt8.self), Int32(clamping: memory.count))
        return count > 0
    }
}
