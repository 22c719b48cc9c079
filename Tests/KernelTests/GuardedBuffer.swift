import Glibc

/// Bytes that end where an unreadable page begins, so that a read beyond the end stops the test run.
final class GuardedBuffer {
    let bytes: UnsafeMutableBufferPointer<UInt8>
    private let mapping: UnsafeMutableRawPointer
    private let mappingSize: Int

    init(count: Int) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let usable = (count + page - 1) / page * page
        mappingSize = usable + page
        mapping = mmap(nil, mappingSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(mapping != MAP_FAILED, "cannot map \(mappingSize) bytes")
        precondition(mprotect(mapping + usable, page, PROT_NONE) == 0, "cannot protect the guard page")
        let start = (mapping + usable - count).assumingMemoryBound(to: UInt8.self)
        bytes = UnsafeMutableBufferPointer(start: start, count: count)
    }

    deinit {
        munmap(mapping, mappingSize)
    }

    var base: UnsafeMutablePointer<UInt8> { bytes.baseAddress! }
}
