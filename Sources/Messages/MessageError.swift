/// What can be wrong with the bytes of a message.
public enum MessageError: Error, Equatable, CustomStringConvertible {
    /// The bytes are not a message of this schema.
    case malformed(typeName: String, byteCount: Int, detail: String)
    /// A field selection that names nothing.
    case invalidSelection(String)

    public var description: String {
        switch self {
        case .malformed(let typeName, let byteCount, let detail):
            "message: \(byteCount) bytes are not a \(typeName) (\(detail)); publisher and subscriber must use the same schema"
        case .invalidSelection(let path):
            "field selection: \"\(path)\" is not a path of names joined by dots, such as detections.label"
        }
    }
}
