import Glibc

/// The owner of an open file descriptor, which it closes in the end.
public struct FileDescriptor: ~Copyable, Sendable {
    public let number: Int32

    /// Takes over an open descriptor.
    public init(owning number: Int32) {
        self.number = number
    }

    /// Opens a file; `flags` as for open(2), O_CLOEXEC is always added.
    public init(opening path: String, flags: Int32, permissions: mode_t = 0o644) throws(PlatformError) {
        number = try SystemCall.retrying("open", on: path) { open(path, flags | O_CLOEXEC, permissions) }
    }

    deinit {
        close(number)
    }

    /// Gives the descriptor away; closing it is now the caller's duty.
    public consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// The file's size in bytes.
    public func byteCount(of path: String) throws(PlatformError) -> Int {
        var status = stat()
        try SystemCall.retrying("fstat", on: path) { fstat(number, &status) }
        return Int(status.st_size)
    }
}
