import Camera
import Imaging
import ONNX
import Operators
import Perception
import Platform
import Recording
import SightlineBus
import SightlineInference

/// Why a run could not start or go on. Errors of the modules below pass through unchanged.
public enum RuntimeError: Error, Sendable {
    case platform(PlatformError)
    case model(ONNXError)
    case graph(path: String, OperatorError)
    case engine(path: String, EngineError)
    case perception(path: String, PerceptionError)
    case imaging(ImagingError)
    case recording(RecordingError)
    case camera(CameraError)
    case bus(BusError)

    /// A network's outputs are not what its role needs.
    case wrongRole(path: String, needs: String, found: String)

    /// A layout of outputs that is not known by that word.
    case unknownHead(String)

    /// A folder that should hold pictures holds none.
    case noPictures(path: String)
}

extension RuntimeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .platform(let error): "\(error)"
        case .model(let error): "\(error)"
        case .graph(let path, let error): "\(path): \(error)"
        case .engine(let path, let error): "\(path): \(error)"
        case .perception(let path, let error): "\(path): \(error)"
        case .imaging(let error): "\(error)"
        case .recording(let error): "\(error)"
        case .camera(let error): "\(error)"
        case .bus(let error): "\(error)"
        case .wrongRole(let path, let needs, let found):
            "\(path): a network for \(needs) is needed here, but this one gives \(found)"
        case .noPictures(let path):
            "\(path): no pictures (.jpg, .png) in this folder or below"
        case .unknownHead(let word):
            "head \"\(word)\" is unknown; known: \(HeadKind.allCases.map(\.rawValue).joined(separator: ", "))"
        }
    }
}
