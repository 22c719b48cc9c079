/// What can go wrong between Sightline and the operating system, and in YAML files.
public enum PlatformError: Error, Sendable, Equatable {
    /// A system call failed. `subject` is the path or object that it was about.
    case systemCall(name: String, subject: String, code: Int32)

    /// A file is larger than what the reader accepts.
    case fileTooLarge(path: String, byteCount: Int, limit: Int)

    /// A YAML file is not well-formed, or holds something else than what belongs there.
    case invalidYAML(file: String, line: Int, column: Int, detail: String)

    /// A thread could not be started.
    case threadStart(name: String, code: Int32)
}

extension PlatformError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .systemCall(let name, let subject, let code):
            "\(subject): \(SystemCall.message(for: code)) (\(name))"
        case .fileTooLarge(let path, let byteCount, let limit):
            "\(path): \(byteCount) bytes, but at most \(limit) are accepted here"
        case .invalidYAML(let file, let line, let column, let detail):
            "\(file):\(line):\(column): \(detail)"
        case .threadStart(let name, let code):
            "thread \(name) could not be started: \(SystemCall.message(for: code))"
        }
    }
}
