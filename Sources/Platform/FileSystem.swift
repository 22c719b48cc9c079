import Glibc

/// What is known about the file system that a file lies on.
public enum FileSystem {
    /// Bytes that this user may still write beside a file, which need not exist; nil when the system does not say.
    public static func availableBytes(besides path: String) -> Int? {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }
}
