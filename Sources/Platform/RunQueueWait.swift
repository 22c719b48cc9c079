import CLinux
import Glibc

/// How long chosen threads of this process were ready to run while their processor ran something else.
///
/// The kernel counts it per thread (`/proc/PID/task/TID/schedstat`, second number). Reading costs about 2 microseconds per
/// thread and allocates nothing.
public final class RunQueueWait {
    private let files: UnsafeMutablePointer<Int32>
    private let count: Int

    /// Follows the threads of this process whose name is accepted. Threads that start later are not seen.
    public init(threadsNamed accepts: (String) -> Bool) {
        var descriptors: [Int32] = []
        if let folder = opendir("/proc/self/task") {
            while let entry = readdir(folder) {
                let identifier = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard Int32(identifier) != nil, let name = Self.text("/proc/self/task/\(identifier)/comm"),
                    accepts(name.filter { $0 != "\n" })
                else { continue }
                let file = open("/proc/self/task/\(identifier)/schedstat", O_RDONLY | O_CLOEXEC)
                if file >= 0 { descriptors.append(file) }
            }
            closedir(folder)
        }
        count = descriptors.count
        files = .allocate(capacity: max(count, 1))
        for (index, descriptor) in descriptors.enumerated() { files[index] = descriptor }
    }

    deinit {
        for index in 0..<count { close(files[index]) }
        files.deallocate()
    }

    /// How many threads are followed.
    public var threadCount: Int { count }

    /// Nanoseconds since the threads started, all together.
    public var nanoseconds: Int64 {
        var total: Int64 = 0
        for index in 0..<count { total &+= ProcessFile.number(in: files[index], field: 1) ?? 0 }
        return total
    }

    private static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let length = read(file, &bytes, bytes.count)
        return length > 0 ? String(decoding: bytes[..<length], as: UTF8.self) : nil
    }
}
