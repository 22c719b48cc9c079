/// What is wrong with a model file, or with writing one.
///
/// Prints itself as one line: which file, where in it, what, and what to do where that is not plain.
public enum ONNXError: Error, Sendable, Hashable {
    /// The system does not give the file.
    case unreadable(path: String, detail: String)

    /// The bytes are not a model: cut short, altered, or something else. `byteOffset` is the first byte that cannot be
    /// read, where that is known.
    case damaged(path: String, byteOffset: Int?, detail: String)

    /// The model breaks the ONNX specification at `place`, such as `initializer 'weight'`.
    case invalid(path: String, place: String, detail: String)

    /// The model is sound but uses what Sightline does not support.
    case unsupported(path: String, place: String, detail: String)

    /// A node has an attribute of a kind that Sightline does not support, such as a subgraph.
    case unsupportedAttribute(path: String, node: String, operatorType: String, attribute: String, detail: String)

    /// A metadata entry does not have the form that its key asks for. Columns count from 1.
    case invalidMetadata(key: String, column: Int?, detail: String)

    /// The model cannot be written.
    case unwritable(path: String, detail: String)
}

extension ONNXError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let detail), .unwritable(let path, let detail):
            return "\(path): \(detail)"
        case .damaged(let path, let byteOffset, let detail):
            let place = byteOffset.map { ": byte \($0)" } ?? ""
            return "\(path)\(place): \(detail); the file is cut short, altered, or not an ONNX model"
        case .invalid(let path, let place, let detail), .unsupported(let path, let place, let detail):
            return "\(path): \(place): \(detail)"
        case .unsupportedAttribute(let path, let node, let operatorType, let attribute, let detail):
            return "\(path): node '\(node)' (\(operatorType)): attribute '\(attribute)': \(detail)"
        case .invalidMetadata(let key, let column, let detail):
            let place = column.map { ", column \($0)" } ?? ""
            return "metadata entry '\(key)'\(place): \(detail)"
        }
    }
}
