import CV4L2
import Camera
import Glibc

/// Sets a control of the virtual camera, as a second program would: through a descriptor of its own.
enum VirtualControl {
    static func set(_ name: String, to value: Int32, on path: String) throws {
        let descriptor = open(path, O_RDWR | O_NONBLOCK)
        try Trial.require(descriptor >= 0, "\(path) does not open to set \(name)")
        defer { close(descriptor) }
        var query = v4l2_queryctrl()
        query.id = UInt32(V4L2_CTRL_FLAG_NEXT_CTRL)
        while sightline_v4l2_ioctl(descriptor, UInt(sightline_vidioc_queryctrl), &query) == 0 {
            let text = withUnsafeBytes(of: query.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if ControlDescription.normalized(text) == name {
                var control = v4l2_control(id: query.id, value: value)
                let result = sightline_v4l2_ioctl(descriptor, UInt(sightline_vidioc_s_ctrl), &control)
                return try Trial.require(result == 0, "\(name) cannot be set: \(String(cString: strerror(errno)))")
            }
            query.id |= UInt32(V4L2_CTRL_FLAG_NEXT_CTRL)
        }
        throw Trial.Failure(description: "the device has no control \(name)")
    }
}
