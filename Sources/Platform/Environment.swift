import Glibc

/// The process's environment variables.
public enum Environment {
    /// A variable's value; nil where it is not set or empty.
    public static func value(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
