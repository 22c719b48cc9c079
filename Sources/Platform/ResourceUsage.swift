import Glibc

/// What this process has used so far.
public struct ResourceUsage: Sendable {
    /// Processor time in user and system mode of all threads, nanoseconds.
    public var processorNanoseconds: Int64
    /// The largest resident memory so far, bytes.
    public var peakResidentBytes: Int

    public static var current: ResourceUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func nanoseconds(_ time: timeval) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_usec) * 1000 }
        return ResourceUsage(
            processorNanoseconds: nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime),
            peakResidentBytes: usage.ru_maxrss * 1024)
    }
}
