import Glibc

/// A file mapped for reading. Pages are read when they are touched; the mapping ends with the value.
///
/// A file that shrinks while it is mapped ends the process with SIGBUS, as any mapping does; files that other programs
/// write (recordings in progress) are read with `pread` instead.
public struct MappedFile: ~Copyable {
    public let path: String
    private let memory: UnsafeMutableRawBufferPointer

    public init(path: String) throws(PlatformError) {
        self.path = path
        let file = try FileDescriptor(opening: path, flags: O_RDONLY)
        let byteCount = try file.byteCount(of: path)
        guard byteCount > 0 else {
            memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file.number, 0)
        guard let address, address != MAP_FAILED else {
            throw .systemCall(name: "mmap", subject: path, code: errno)
        }
        memory = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    deinit {
        if let address = memory.baseAddress { munmap(address, memory.count) }
    }

    public var byteCount: Int { memory.count }

    /// The file's bytes.
    public var bytes: RawSpan {
        @_lifetime(borrow self) get {
            let span = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))
            return _overrideLifetime(span, borrowing: self)
        }
    }

    /// The file's bytes, valid as long as the mapping: the caller must keep it alive.
    public var unsafeBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

    /// Calls `body` with the file's bytes.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(memory))
    }
}
