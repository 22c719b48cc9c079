import CV4L2
import Glibc
import Platform

/// The owner of an open V4L2 device, which it closes in the end.
struct VideoDevice: ~Copyable {
    let calls: DeviceCalls
    let descriptor: Int32
    let path: String

    /// Opens a node, whatever kind of V4L2 device it is.
    init(opening path: String, calls: DeviceCalls) throws(CameraError) {
        self.calls = calls
        self.path = path
        descriptor = calls.open(path)
        guard descriptor < 0 else { return }
        let code = -descriptor
        throw switch code {
        case ENOENT, ENXIO, ENODEV: .noSuchDevice(path: path)
        case EACCES, EPERM: .noAccess(path: path, group: DevicePaths.group(of: path) ?? "video")
        case EBUSY: .busy(path: path, holders: DeviceHolders.find(path))
        default: .call(name: "open", path: path, code: code)
        }
    }

    deinit {
        if descriptor >= 0 { calls.close(descriptor) }
    }

    /// Makes a request; false when the driver does not know it or has no more entries of an enumeration.
    func ask<Argument>(_ request: UInt, _ argument: inout Argument) -> Bool {
        control(request, &argument) == 0
    }

    /// Makes a request; 0 or a negative error code.
    func control<Argument>(_ request: UInt, _ argument: inout Argument) -> Int32 {
        withUnsafeMutablePointer(to: &argument) { calls.control(descriptor, request, UnsafeMutableRawPointer($0)) }
    }

    /// Makes a request that must not fail.
    func require<Argument>(_ name: String, _ request: UInt, _ argument: inout Argument) throws(CameraError) {
        let result = control(request, &argument)
        guard result < 0 else { return }
        throw failure(name, code: -result)
    }

    /// The error for a failed request; one that says who, when the device is in use.
    func failure(_ name: String, code: Int32) -> CameraError {
        code == EBUSY
            ? .busy(path: path, holders: DeviceHolders.find(path)) : .call(name: name, path: path, code: code)
    }
}

extension VideoDevice {
    /// What the driver says about this node.
    func identity() throws(CameraError) -> DeviceIdentity {
        var capability = v4l2_capability()
        let result = control(sightline_vidioc_querycap, &capability)
        if result == -ENOTTY || result == -EINVAL { throw .notAVideoDevice(path: path) }
        guard result == 0 else { throw failure("VIDIOC_QUERYCAP", code: -result) }
        let hasNodeCapabilities = capability.capabilities & UInt32(V4L2_CAP_DEVICE_CAPS) != 0
        return DeviceIdentity(
            driver: text(of: capability.driver), card: text(of: capability.card), bus: text(of: capability.bus_info),
            capabilities: hasNodeCapabilities ? capability.device_caps : capability.capabilities)
    }

    /// Makes sure that this node delivers pictures into mapped buffers.
    func requireCapture() throws(CameraError) -> DeviceIdentity {
        let identity = try identity()
        guard identity.isCapture else {
            throw .notACaptureDevice(path: path, isWhat: identity.kind, captureNode: nil)
        }
        guard identity.canStream else {
            throw .notACaptureDevice(path: path, isWhat: "a device without streaming", captureNode: nil)
        }
        return identity
    }
}

/// Driver, name, place and abilities of a node.
public struct DeviceIdentity: Sendable, Equatable {
    public var driver: String
    public var card: String
    public var bus: String
    public var capabilities: UInt32

    private func has(_ flag: some BinaryInteger) -> Bool { capabilities & UInt32(truncatingIfNeeded: flag) != 0 }

    public var isCapture: Bool { has(V4L2_CAP_VIDEO_CAPTURE) }
    public var canStream: Bool { has(V4L2_CAP_STREAMING) }

    /// Whether a buffer that was taken from the driver keeps its content until it is given back, as the specification demands.
    /// v4l2loopback's writer goes round its buffers whether or not a reader has one.
    var leavesBuffersAlone: Bool { driver != "v4l2 loopback" }

    /// What kind of node it is, in words.
    var kind: String {
        if isCapture { return "a capture device" }
        if has(V4L2_CAP_META_CAPTURE) || has(V4L2_CAP_META_OUTPUT) { return "a metadata node" }
        if has(V4L2_CAP_VIDEO_M2M) || has(V4L2_CAP_VIDEO_M2M_MPLANE) { return "a codec or scaler" }
        if has(V4L2_CAP_VIDEO_OUTPUT) || has(V4L2_CAP_VIDEO_OUTPUT_MPLANE) { return "an output device" }
        return "a V4L2 node of another kind"
    }
}

/// The text in a fixed field of a kernel structure, up to its zero.
func text<Field>(of field: Field) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
