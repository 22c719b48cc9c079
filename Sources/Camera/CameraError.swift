import Glibc
import Imaging
import Platform

/// Why a camera cannot be used. Each case prints itself as one line: what, where, and the command that mends it.
public enum CameraError: Error, Sendable, Equatable {
    /// No such node. `present` are the cameras that there are; nil where nobody looked.
    case noSuchDevice(path: String, present: [String]? = nil)

    /// The node is there, but this user may not open it. `group` owns it.
    case noAccess(path: String, group: String)

    /// Another program holds the camera. `holders` are processes that have the node open: "1234 (name)".
    case busy(path: String, holders: [String])

    /// A V4L2 node that delivers no pictures: metadata, output, a codec. `captureNode` is the same camera's.
    case notACaptureDevice(path: String, isWhat: String, captureNode: String?)

    /// The path is something else than a V4L2 device.
    case notAVideoDevice(path: String)

    /// A request to the driver failed.
    case call(name: String, path: String, code: Int32)

    /// The device offers no format that can be read, or not the one that was asked for.
    case noUsableFormat(path: String, wish: String, offered: [String])

    /// A control cannot be set as wished; `detail` says which and what would be possible.
    case control(path: String, detail: String)

    /// libjpeg-turbo cannot be initialised.
    case imaging(ImagingError)

    /// Waiting for a frame took too long.
    case noFrame(path: String, seconds: Double, cause: String)
}

extension CameraError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchDevice(let path, nil):
            "\(path): no such device"
        case .noSuchDevice(let path, let present?):
            "\(path): no such device; "
                + (present.isEmpty
                    ? "no camera is connected (`sightline camera list`)"
                    : "there are: \(present.joined(separator: ", "))")
        case .noAccess(let path, let group):
            "\(path): access denied; join the group that may: sudo usermod -aG \(group) $USER, then log in again"
        case .busy(let path, let holders):
            "\(path): in use by "
                + (holders.isEmpty
                    ? "another program; find it with: sudo fuser -v \(path)"
                    : "process \(holders.joined(separator: ", ")); end it, e.g. kill \(Self.number(holders[0]))")
        case .notACaptureDevice(let path, let isWhat, let captureNode):
            "\(path): \(isWhat), not a capture device; "
                + (captureNode.map { "this camera's pictures are at \($0)" } ?? "see `sightline camera list`")
        case .notAVideoDevice(let path):
            "\(path): not a V4L2 device; see `sightline camera list`"
        case .call(let name, let path, let code):
            "\(path): \(SystemCall.message(for: code)) (\(name))"
        case .noUsableFormat(let path, let wish, let offered):
            "\(path): no format for \(wish); offered: \(offered.isEmpty ? "none" : offered.joined(separator: ", "))"
        case .control(let path, let detail):
            "\(path): \(detail)"
        case .imaging(let error):
            "\(error)"
        case .noFrame(let path, let seconds, let cause):
            "\(path): no frame within \(seconds) s: \(cause)"
        }
    }

    /// The same with what a person needs who has named the wrong device: the cameras that there are, or the capture node of
    /// this one. Opens other devices to find out, so it is not for a camera that is tried again and again.
    func withHints() -> CameraError {
        switch self {
        case .noSuchDevice(let path, nil): .noSuchDevice(path: path, present: DevicePaths.captureNodes())
        case .notACaptureDevice(let path, let isWhat, nil):
            .notACaptureDevice(path: path, isWhat: isWhat, captureNode: DevicePaths.sibling(of: path))
        default: self
        }
    }

    private static func number(_ holder: String) -> String { String(holder.prefix { $0.isNumber }) }
}
