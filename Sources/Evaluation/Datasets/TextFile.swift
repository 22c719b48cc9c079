import Platform

/// Reading of small text files.
enum TextFile {
    /// Label files and lists of pictures are kilobytes.
    private static let byteLimit = 64 << 20

    static func read(_ path: String) throws(EvaluationError) -> String {
        let bytes: [UInt8]
        do throws(PlatformError) {
            let file = try MappedFile(path: path)
            guard file.byteCount <= byteLimit else {
                throw PlatformError.fileTooLarge(path: path, byteCount: file.byteCount, limit: byteLimit)
            }
            bytes = file.withBytes { Array($0) }
        } catch {
            throw EvaluationError(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(path: path, detail: "not UTF-8 text")
        }
        return text
    }

    /// The lines of a text file, empty ones included, without their ends (a carriage return and line feed are one).
    static func lines(_ path: String) throws(EvaluationError) -> [Substring] {
        try read(path).split(omittingEmptySubsequences: false) { $0.isNewline }
    }
}
