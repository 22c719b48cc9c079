import Glibc
import Platform

/// A regular file opened for reading at any place.
///
/// Unlike a mapping, reading a file that another program shortens meanwhile gives an error and not a signal.
package struct BinaryFile: ~Copyable {
    package let path: String
    package let byteCount: Int
    private let descriptor: FileDescriptor

    /// Opens a regular file. Folders, pipes and devices are refused, since reading them may never end.
    package init(path: String) throws(BinaryFileError) {
        // Opening a pipe would otherwise wait for its writer.
        let opened = try translatingErrors(of: path) { () throws(PlatformError) in
            try FileDescriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
        }
        byteCount = try Self.byteCount(ofDescriptor: opened.number, path: path)
        self.path = path
        descriptor = opened
    }

    private static func byteCount(ofDescriptor number: Int32, path: String) throws(BinaryFileError) -> Int {
        var status = stat()
        try translatingErrors(of: path) { () throws(PlatformError) in
            _ = try SystemCall.retrying("fstat", on: path) { fstat(number, &status) }
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw BinaryFileError(path: path, detail: "is not a regular file")
        }
        return Int(status.st_size)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    package func read(into buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(BinaryFileError) {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let position = offset + filled
            let number = descriptor.number
            let count = try translatingErrors(of: path) { () throws(PlatformError) in
                try SystemCall.retrying("pread", on: path) {
                    pread(number, rest.baseAddress, rest.count, off_t(position))
                }
            }
            guard count > 0 else { throw BinaryFileError(path: path, detail: "ends early, at byte \(position)") }
            filled += count
        }
    }
}

/// A file that cannot be read, and why.
package struct BinaryFileError: Error {
    package let path: String
    package let detail: String
}

func translatingErrors<Result: ~Copyable>(
    of path: String, _ body: () throws(PlatformError) -> Result
) throws(BinaryFileError) -> Result {
    do {
        return try body()
    } catch {
        // Without the path, which the caller's error names already.
        let detail = if case .systemCall(_, _, let code) = error { SystemCall.message(for: code) } else { "\(error)" }
        throw BinaryFileError(path: path, detail: detail)
    }
}
