import CV4L2
import Glibc
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

    /// Whether the library reads a format at all: it has no list, so it is given an empty frame.
    static func reads(_ fourcc: FourCC, device: borrowing VideoDevice) -> Bool {
        var format = v4l2_format()
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        format.fmt.pix.pixelformat = fourcc.code
        format.fmt.pix.width = 640
        format.fmt.pix.height = 480
        guard device.ask(sightline_vidioc_try_fmt, &format), format.fmt.pix.pixelformat == fourcc.code,
            let converter = FrameConverter(device: device, source: format)
        else { return false }
        let frame = [UInt8](repeating: 0, count: Int(format.fmt.pix.sizeimage))
        let output = UnsafeMutableRawBufferPointer.allocate(byteCount: converter.byteCount, alignment: 64)
        defer { output.deallocate() }
        // A compressed frame may well be found to be damaged; an unknown format is an invalid argument.
        return frame.withUnsafeBytes { converter.convert($0, into: output) } || errno != EINVAL
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
