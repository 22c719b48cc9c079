/// Everything that is known about a camera before it streams.
public struct CameraDescription: Sendable {
    public var path: String
    public var driver: String
    public var card: String
    public var bus: String
    public var byID: String?
    public var byPath: String?
    public var formats: [FormatOffer]
    public var controls: [ControlDescription]
    /// Whether buffers are given out as DMABUF; nil when another program streams, so that it cannot be asked.
    public var offersDMABUF: Bool?

    /// Opens a device and asks it for everything.
    public init(describing word: String, calls: DeviceCalls = .system) throws(CameraError) {
        let path = DevicePaths.path(for: word)
        let device: VideoDevice
        do throws(CameraError) { device = try Self.open(path, calls) } catch { throw error.withHints() }
        let identity = try device.identity()
        self.init(path: path, identity)
        formats = device.formats()
        controls = device.controls()
        offersDMABUF = device.offersExport()
    }

    /// Opens a node that delivers pictures.
    private static func open(_ path: String, _ calls: DeviceCalls) throws(CameraError) -> VideoDevice {
        let device = try VideoDevice(opening: path, calls: calls)
        _ = try device.requireCapture()
        return device
    }

    private init(path: String, _ identity: DeviceIdentity) {
        self.path = path
        driver = identity.driver
        card = identity.card
        bus = identity.bus
        byID = DevicePaths.byID(path)
        byPath = DevicePaths.byPath(path)
        formats = []
        controls = []
    }

    /// The capture devices of this machine with their names, without formats and controls; and nodes that could not be
    /// opened, with the reason.
    public static func list(calls: DeviceCalls = .system) -> (cameras: [CameraDescription], failures: [CameraError]) {
        var cameras: [CameraDescription] = []
        var failures: [CameraError] = []
        for node in DevicePaths.nodes() {
            do throws(CameraError) {
                let identity = try VideoDevice(opening: node, calls: calls).identity()
                if identity.isCapture { cameras.append(CameraDescription(path: node, identity)) }
            } catch {
                failures.append(error)
            }
        }
        return (cameras, failures)
    }
}
