import Glibc

/// The owner of a block of zeroed memory on a page boundary, taken straight from the system.
///
/// Arenas of the engine and frame buffers live in such blocks: allocated once, touched once, never resized.
public struct AlignedMemory: ~Copyable, @unchecked Sendable {
    // Sendable without checking is sound: the value owns its memory alone, and whoever holds the value decides who writes.
    private let memory: UnsafeMutableRawBufferPointer

    /// - Throws: ``PlatformError/systemCall(name:subject:code:)`` when the system has no memory left.
    public init(byteCount: Int) throws(PlatformError) {
        let address = mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else {
            throw .systemCall(name: "mmap", subject: "\(byteCount) bytes of memory", code: errno)
        }
        memory = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    deinit {
        if let address = memory.baseAddress { munmap(address, max(memory.count, 1)) }
    }

    public var byteCount: Int { memory.count }

    /// The block itself; valid as long as the owner lives.
    public var unsafeBytes: UnsafeMutableRawBufferPointer { memory }
}
