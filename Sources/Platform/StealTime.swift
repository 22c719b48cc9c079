import Glibc

/// How long the hypervisor let this machine's processors wait (`steal` in the first line of `/proc/stat`), all processors
/// together. Counted by the kernel in ticks, usually of 10 ms. Reading allocates nothing.
public struct StealTime: ~Copyable {
    private let file: Int32
    private let tick: Int64

    public init() {
        file = open("/proc/stat", O_RDONLY | O_CLOEXEC)
        tick = 1_000_000_000 / Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    }

    deinit {
        if file >= 0 { close(file) }
    }

    /// Nanoseconds since the machine started; nil where the kernel does not say.
    public var nanoseconds: Int64? {
        // user, nice, system, idle, iowait, irq, softirq, steal
        file < 0 ? nil : ProcessFile.number(in: file, field: 7).map { $0 * tick }
    }
}
