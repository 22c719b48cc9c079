import Calibration
import Camera
import Evaluation
import Imaging
import ONNX
import Operators
import Perception
import Platform
import Recording
import Runtime
import SightlineInference
import Tensors

/// What the process tells its caller.
enum ExitStatus: Int32 {
    case done = 0
    case workFailed = 1
    case wrongUse = 2
    case damagedInput = 3
}

extension ExitStatus {
    /// The exit status for an error that a module threw.
    ///
    /// An input file that is there but cannot be understood is damaged or unsupported; one that is not there is wrong use.
    static func status(for error: any Error) -> ExitStatus {
        switch error {
        case let error as RuntimeError: status(for: error)
        case let error as PlatformError: status(for: error)
        case let error as ONNXError: status(for: error)
        case let error as ImagingError: status(for: error)
        case let error as RecordingError: status(for: error)
        case let error as CameraError: status(for: error)
        case let error as CalibrationError: status(for: error)
        case is OperatorError, is EngineError, is PerceptionError: .damagedInput
        case let error as TensorFileError: status(for: error)
        case EvaluationError.unreadable, EvaluationError.invalidOption: .wrongUse
        case is EvaluationError: .damagedInput
        default: .workFailed
        }
    }

    private static func status(for error: RuntimeError) -> ExitStatus {
        switch error {
        case .platform(let error): status(for: error)
        case .model(let error): status(for: error)
        case .imaging(let error): status(for: error)
        case .recording(let error): status(for: error)
        case .camera(let error): status(for: error)
        case .graph(_, let error): status(for: error)
        case .engine(_, let error): status(for: error)
        case .perception(_, let error): status(for: error)
        case .bus: .workFailed
        case .wrongRole, .unknownHead, .noPictures: .wrongUse
        }
    }

    private static func status(for error: CameraError) -> ExitStatus {
        switch error {
        case .noSuchDevice, .notACaptureDevice, .notAVideoDevice, .control, .noUsableFormat: .wrongUse
        case .noAccess, .busy, .call, .imaging, .noFrame: .workFailed
        }
    }

    private static func status(for error: PlatformError) -> ExitStatus {
        switch error {
        case .invalidYAML, .fileTooLarge: .damagedInput
        case .systemCall(let name, _, _) where name == "open": .wrongUse
        case .systemCall, .threadStart: .workFailed
        }
    }

    private static func status(for error: ONNXError) -> ExitStatus {
        switch error {
        case .unreadable: .wrongUse
        case .unwritable: .workFailed
        default: .damagedInput
        }
    }
}

extension ExitStatus {
    private static func status(for error: ImagingError) -> ExitStatus {
        switch error {
        case .file, .invalidParameter: .wrongUse
        case .damagedImage, .unsupportedImage, .unreasonableSize, .unsupportedFormat: .damagedInput
        case .unexpectedImage, .destinationTooSmall, .encodingFailed: .workFailed
        }
    }

    private static func status(for error: RecordingError) -> ExitStatus {
        switch error {
        case .file, .emptyFolder, .seekFailed, .invalidParameter, .exists: .wrongUse
        case .unknownKind, .damaged, .damagedRecording, .unsupported: .damagedInput
        case .writingFailed, .diskFull: .workFailed
        case .image(let error): status(for: error)
        }
    }

    private static func status(for error: TensorFileError) -> ExitStatus {
        switch error {
        case .unreadable: .wrongUse
        case .damaged, .unsupported: .damagedInput
        case .unwritable: .workFailed
        }
    }

    private static func status(for error: CalibrationError) -> ExitStatus {
        switch error {
        case .platform(let error): error.isMissingFile ? .wrongUse : .damagedInput
        case .imaging(let error): status(for: error)
        case .uncalibrated, .unsupportedModel, .invalidParameter: .damagedInput
        case .aspectMismatch: .wrongUse
        case .tooFewViews, .undetermined, .unwritable: .workFailed
        }
    }
}
