import Glibc

/// How often the processors were slowed down because of heat, and how far their frequency is limited now, from sysfs. Machines
/// that do not say (virtual ones) count nothing.
public struct ThrottleCounters: Sendable {
    private let counters: [String]
    private let frequencies: [(now: String, full: String)]

    /// - Parameter root: the folder of the processors; another one for tests.
    public init(root: String = "/sys/devices/system/cpu") {
        var counters: [String] = []
        var frequencies: [(String, String)] = []
        for number in Processors.numbers {
            let folder = "\(root)/cpu\(number)"
            counters += ["core", "package"].map { "\(folder)/thermal_throttle/\($0)_throttle_count" }
            frequencies.append(
                ("\(folder)/cpufreq/scaling_max_freq", "\(folder)/cpufreq/cpuinfo_max_freq"))
        }
        self.counters = counters.filter { access($0, R_OK) == 0 }
        self.frequencies = frequencies.filter { access($0.0, R_OK) == 0 && access($0.1, R_OK) == 0 }
    }

    /// Throttling events since the machine started.
    public var events: Int64 { counters.reduce(0) { $0 + (Self.number($1) ?? 0) } }

    /// By how many percent the highest permitted frequency of the slowest processor lies below what it is made for.
    public var frequencyLimitPercent: Double {
        var worst = 0.0
        for pair in frequencies {
            guard let now = Self.number(pair.now), let full = Self.number(pair.full), full > 0 else { continue }
            worst = max(worst, (1 - Double(now) / Double(full)) * 100)
        }
        return worst
    }

    private static func number(_ path: String) -> Int64? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return ProcessFile.number(in: file, field: 0)
    }
}
