import Imaging
import Platform

/// What can go wrong with calibrating. Each case prints itself as one line: what, where, and what to do.
public enum CalibrationError: Error, Hashable, Sendable {
    /// A file cannot be opened, or is not the YAML that it should be.
    case platform(PlatformErrorText)

    /// A picture cannot be read.
    case imaging(ImagingError)

    /// A camera file whose matrix is zero: ROS's way of saying that nobody has calibrated the camera yet.
    case uncalibrated(file: String)

    /// A camera or distortion model that is not known here.
    case unsupportedModel(name: String, context: String)

    /// A number makes no sense; `detail` says what would.
    case invalidParameter(name: String, detail: String)

    /// Calibration files hold for one field of view: another aspect ratio means another crop of the sensor.
    case aspectMismatch(width: Int, height: Int, calibratedWidth: Int, calibratedHeight: Int)

    /// Too few pictures show the board.
    case tooFewViews(found: Int, needed: Int, detail: String)

    /// The views don't determine the camera; `detail` says which are missing.
    case undetermined(detail: String)

    /// A file could not be written; `detail` is the system's reason.
    case unwritable(path: String, detail: String)
}

/// A ``PlatformError`` as it prints itself, and whether the file was there at all.
public struct PlatformErrorText: Hashable, Sendable {
    public var text: String
    /// The file could not be opened, as opposed to understood.
    public var isMissingFile: Bool

    init(_ error: PlatformError) {
        text = error.description
        if case .systemCall = error { isMissingFile = true } else { isMissingFile = false }
    }
}

extension CalibrationError {
    init(_ error: PlatformError) { self = .platform(PlatformErrorText(error)) }

    /// Runs something of the platform's and rewords its error as this module's.
    static func wrapping<Result>(
        _ body: () throws(PlatformError) -> Result
    ) throws(CalibrationError) -> Result {
        do { return try body() } catch { throw CalibrationError(error) }
    }
}

extension CalibrationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .platform(let error):
            error.text
        case .imaging(let error):
            error.description
        case .uncalibrated(let file):
            "\(file): the camera matrix is zero, which means not calibrated; make one with `sightline calibrate intrinsics`"
        case .unsupportedModel(let name, let context):
            "\(context): the model \"\(name)\" is not supported; known are plumb_bob, rational_polynomial and equidistant"
        case .invalidParameter(let name, let detail):
            "\(name): \(detail)"
        case .aspectMismatch(let width, let height, let calibratedWidth, let calibratedHeight):
            "the camera was calibrated at \(calibratedWidth)x\(calibratedHeight); \(width)x\(height) has another aspect "
                + "ratio, so it shows another part of the sensor: calibrate at that size"
        case .tooFewViews(let found, let needed, let detail):
            "\(found) usable views of the board, at least \(needed) are needed: \(detail)"
        case .undetermined(let detail):
            "the views do not determine the camera: \(detail)"
        case .unwritable(let path, let detail):
            "\(path): \(detail)"
        }
    }
}
