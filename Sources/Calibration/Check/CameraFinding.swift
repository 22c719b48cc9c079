/// Something about a camera file that its user should know.
public struct CameraFinding: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable, Comparable {
        /// Worth knowing.
        case note
        /// Probably wrong; results will be poor.
        case warning
        /// Certainly wrong; the file cannot be used.
        case error

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    }

    public var severity: Severity
    /// The file's key that it is about.
    public var key: String
    /// What is wrong, what that does, and what to do.
    public var message: String
}
