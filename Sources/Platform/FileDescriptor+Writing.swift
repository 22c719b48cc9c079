import CLinux
import Glibc

extension FileDescriptor {
    /// Writes all bytes at the file's position.
    public func writeAll(_ bytes: UnsafeRawBufferPointer, of path: @autoclosure () -> String) throws(PlatformError) {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = try SystemCall.retrying("write", on: path()) {
                Glibc.write(number, rest.baseAddress, rest.count)
            }
            // A count of zero for a request that is not would repeat for ever.
            guard count > 0 else { throw .systemCall(name: "write", subject: path(), code: EIO) }
            written += count
        }
    }

    /// Waits until the file's data are on the disk (fdatasync(2)).
    public func synchronize(_ path: @autoclosure () -> String) throws(PlatformError) {
        try SystemCall.retrying("fdatasync", on: path()) { fdatasync(number) }
    }

    /// Cuts the file, and gives back blocks that were set aside behind its end.
    public func truncate(to byteCount: Int, _ path: @autoclosure () -> String) throws(PlatformError) {
        try SystemCall.retrying("ftruncate", on: path()) { ftruncate(number, off_t(byteCount)) }
    }

    /// Sets blocks aside, also behind the file's end, so that later writes there find room.
    public func reserve(_ range: Range<Int>, _ path: @autoclosure () -> String) throws(PlatformError) {
        try SystemCall.retrying("fallocate", on: path()) {
            let result = sightline_reserve_blocks(number, Int64(range.lowerBound), Int64(range.count))
            if result < 0 { errno = -result }
            return result
        }
    }
}
