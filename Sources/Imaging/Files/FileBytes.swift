import Glibc
import Platform

/// Reads and writes whole files, with every failure as an ``ImagingError`` that names the path.
enum FileBytes {
    /// No picture file is larger than this.
    static let maximumByteCount = 512 << 20

    /// The file's bytes. Only regular files: pipes and devices would block or never end.
    static func read(_ path: String, limit: Int = maximumByteCount) throws(ImagingError) -> [UInt8] {
        do throws(PlatformError) {
            let file = try FileDescriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
            var status = stat()
            try SystemCall.retrying("fstat", on: path) { fstat(file.number, &status) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw PlatformError.systemCall(
                    name: "open", subject: path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
            }
            let byteCount = min(Int(status.st_size), limit)
            var bytes = [UInt8](repeating: 0, count: byteCount)
            var filled = 0
            while filled < byteCount {
                let count = try SystemCall.retrying("read", on: path) {
                    bytes.withUnsafeMutableBytes {
                        Glibc.read(file.number, $0.baseAddress.map { $0 + filled }, byteCount - filled)
                    }
                }
                if count == 0 { break }
                filled += count
            }
            bytes.removeLast(byteCount - filled)
            return bytes
        } catch {
            throw ImagingError(error, path: path)
        }
    }

    /// Writes a file beside the final one and moves it into place, so that no half file is ever seen.
    static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(ImagingError) {
        let temporary = "\(path).\(getpid()).part"
        do throws(PlatformError) {
            let file = try FileDescriptor(opening: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC)
            var written = 0
            while written < bytes.count {
                written += try SystemCall.retrying("write", on: path) {
                    Glibc.write(file.number, bytes.baseAddress.map { $0 + written }, bytes.count - written)
                }
            }
            try SystemCall.retrying("rename", on: path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw ImagingError(error, path: path)
        }
    }
}

extension ImagingError {
    /// The system's reason, without repeating the path that the description gives anyway.
    init(_ error: PlatformError, path: String) {
        switch error {
        case .systemCall(let name, _, let code):
            self = .file(path: path, detail: "\(SystemCall.message(for: code)) (\(name))")
        default:
            self = .file(path: path, detail: "\(error)")
        }
    }
}
