import Platform

/// What can go wrong in measuring a network against a labelled data set.
public enum EvaluationError: Error, Sendable, Equatable {
    /// A file or folder is missing or cannot be read.
    case unreadable(path: String, detail: String)

    /// A line of a label or list file does not say what it should.
    case invalidLine(file: String, line: Int, detail: String)

    /// A data set's description contradicts itself or its files. `location` is a path, with line and column where known.
    case invalidDataset(location: String, detail: String)

    /// Predictions and truth do not fit together.
    case mismatch(detail: String)

    /// A class mapping or an option that cannot be.
    case invalidOption(name: String, detail: String)
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let detail): "\(path): \(detail)"
        case .invalidLine(let file, let line, let detail): "\(file):\(line): \(detail)"
        case .invalidDataset(let location, let detail): "\(location): \(detail)"
        case .mismatch(let detail): "evaluation: \(detail)"
        case .invalidOption(let name, let detail): "evaluation option \(name): \(detail)"
        }
    }
}

extension EvaluationError {
    /// The same trouble, met while reading a data set.
    init(_ error: PlatformError) {
        switch error {
        case .invalidYAML(let file, let line, let column, let detail):
            self = .invalidDataset(location: "\(file):\(line):\(column)", detail: detail)
        case .systemCall(_, let subject, _):
            self = .unreadable(path: subject, detail: "cannot be read (\(error))")
        case .fileTooLarge(let path, let byteCount, let limit):
            self = .unreadable(path: path, detail: "\(byteCount) bytes, but at most \(limit) are accepted")
        default:
            self = .unreadable(path: "data set", detail: error.description)
        }
    }
}
