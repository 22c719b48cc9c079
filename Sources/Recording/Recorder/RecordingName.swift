import Glibc

/// Names of a recording's files: `drive.mcap`, `drive-2.mcap`, `drive-3.mcap` ...
public enum RecordingName {
    /// The file that `path` stands for: itself, or in a folder one that is named for the moment in UTC, such as
    /// `2026-11-27T15-04-05.mcap`, so that every start has its own.
    ///
    /// - Parameter moment: nanoseconds since 1970.
    public static func resolve(_ path: String, moment: Int64) -> String {
        guard path.hasSuffix("/") || isFolder(path) else { return path }
        var seconds = time_t(moment / 1_000_000_000)
        var date = tm()
        gmtime_r(&seconds, &date)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H-%M-%S.mcap", &date)
        let name = String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.hasSuffix("/") ? path + name : path + "/" + name
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// - Parameter number: from 1.
    static func file(_ path: String, number: Int) -> String {
        guard number > 1 else { return path }
        let suffix = ".mcap"
        return path.hasSuffix(suffix) ? path.dropLast(suffix.count) + "-\(number)" + suffix : path + "-\(number)"
    }
}
