/// Names of a recording's files: `drive.mcap`, `drive-2.mcap`, `drive-3.mcap` ...
enum RecordingName {
    /// - Parameter number: from 1.
    static func file(_ path: String, number: Int) -> String {
        guard number > 1 else { return path }
        let suffix = ".mcap"
        return path.hasSuffix(suffix) ? path.dropLast(suffix.count) + "-\(number)" + suffix : path + "-\(number)"
    }
}
