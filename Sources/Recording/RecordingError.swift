import Imaging

/// What can go wrong with recorded drives. Each case prints itself as one line: what, where, and what to do.
public enum RecordingError: Error, Hashable, Sendable {
    /// The file or folder cannot be opened, read or written; `detail` is the system's reason.
    case file(path: String, detail: String)

    /// The file is of no kind that can be replayed.
    case unknownKind(path: String, detail: String)

    /// The file is damaged beyond what can be read; `frame` is the first frame that is missing.
    case damaged(path: String, frame: Int, detail: String)

    /// The file is sound but uses something that is not supported; `detail` names it.
    case unsupported(path: String, detail: String)

    /// A folder without a picture.
    case emptyFolder(path: String)

    /// A position before the start or behind the end.
    case seekFailed(path: String, seconds: Double, detail: String)

    /// Writing a video or recording failed; `detail` is the system's or the library's reason.
    case writingFailed(path: String, detail: String)

    /// The disk is full. What was written before is complete and stays.
    case diskFull(path: String)

    /// A recording is no MCAP file, or damaged where it matters; `offset` counts bytes from the file's start.
    case damagedRecording(path: String, offset: Int, detail: String)

    /// A file that was to be written is there already.
    case exists(path: String)

    /// A parameter makes no sense; `detail` says which and what would.
    case invalidParameter(name: String, detail: String)

    /// A picture of the drive cannot be read.
    case image(ImagingError)
}

extension RecordingError {
    /// Whether the disk is to blame, and may be better later.
    var isDiskTrouble: Bool {
        switch self {
        case .diskFull, .writingFailed: true
        default: false
        }
    }
}

extension RecordingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let path, let detail):
            "\(path): \(detail)"
        case .unknownKind(let path, let detail):
            "\(path): not a drive: \(detail); give a video (MP4, MOV, AVI, MKV), a recording (MCAP), a picture (JPEG, PNG) "
                + "or a folder of pictures"
        case .damaged(let path, let frame, let detail):
            "\(path): damaged at frame \(frame): \(detail); what came before is usable"
        case .unsupported(let path, let detail):
            "\(path): \(detail) is not supported; convert the video to 8-bit H.264, for example with ffmpeg -pix_fmt yuv420p"
        case .emptyFolder(let path):
            "\(path): no JPEG or PNG in this folder"
        case .seekFailed(let path, let seconds, let detail):
            "\(path): cannot go to \(seconds) s: \(detail)"
        case .writingFailed(let path, let detail):
            "\(path): cannot be written: \(detail)"
        case .diskFull(let path):
            "\(path): the disk is full; what was recorded so far is complete"
        case .damagedRecording(let path, let offset, let detail):
            "\(path): byte \(offset): \(detail); `sightline recording recover` saves what can be read"
        case .exists(let path):
            "\(path): exists already; give another name, or remove it"
        case .invalidParameter(let name, let detail):
            "\(name): \(detail)"
        case .image(let error):
            error.description
        }
    }
}
