/// What is wrong with a tensor file. Prints itself as one line.
public enum TensorFileError: Error, Sendable, Hashable {
    /// The system does not give the file.
    case unreadable(path: String, detail: String)

    /// The file is no NPY file, or is cut short or altered; `byteOffset` is where that shows.
    case damaged(path: String, byteOffset: Int, detail: String)

    /// The file is sound, but holds what tensors here do not.
    case unsupported(path: String, detail: String)

    case unwritable(path: String, detail: String)
}

extension TensorFileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let detail), .unwritable(let path, let detail), .unsupported(let path, let detail):
            "\(path): \(detail)"
        case .damaged(let path, let byteOffset, let detail):
            "\(path): byte \(byteOffset): \(detail); the file is cut short, altered, or not an NPY file"
        }
    }
}
