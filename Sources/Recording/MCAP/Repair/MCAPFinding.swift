/// Something that is wrong with a file, or odd.
public struct MCAPFinding: Hashable, Sendable {
    public enum Severity: String, Sendable {
        /// Readers go wrong, or data are lost.
        case error
        /// Allowed, but readers may stumble.
        case warning
    }

    public var severity: Severity
    /// Bytes from the start of the file.
    public var offset: Int
    public var detail: String
}

extension MCAPFinding: CustomStringConvertible {
    public var description: String { "\(severity.rawValue): byte \(offset): \(detail)" }
}
