import CLinux
import Camera
import Glibc
import SightlineBus

extension MachineFacts {
    /// This machine's.
    public static var system: MachineFacts {
        let nodes = DevicePaths.nodes()
        var facts = MachineFacts()
        facts.userID = geteuid()
        facts.groups = ownGroups()
        facts.videoGroups = Array(Set(nodes.compactMap { owningGroup(of: $0) })).sorted()
        facts.videoNodesOpen = nodes.allSatisfy { access($0, R_OK | W_OK) == 0 }
        facts.lockedMemory = limit("Max locked memory")
        facts.realTimePriority = facts.userID == 0 ? 99 : limit("Max realtime priority")
        facts.processorCount = Int(sightline_processor_count())
        facts.governors = (0..<sysconf(Int32(_SC_NPROCESSORS_CONF))).compactMap {
            line("/sys/devices/system/cpu/cpu\($0)/cpufreq/scaling_governor")
        }
        facts.realTimeRuntime = line("/proc/sys/kernel/sched_rt_runtime_us").flatMap { Int($0) }
        facts.realTimePeriod = line("/proc/sys/kernel/sched_rt_period_us").flatMap { Int($0) }
        facts.processorQuota = processorQuota
        facts.isolatedProcessors = line("/sys/devices/system/cpu/isolated") ?? ""
        facts.runtimeDirectory = BusDirectory.path
        facts.runtimeDirectoryIsWritable = isCreatable(facts.runtimeDirectory)
        var status = statvfs()
        facts.sharedMemory = statvfs("/dev/shm", &status) == 0 ? UInt64(status.f_bavail) * UInt64(status.f_frsize) : 0
        facts.instructionSets = instructionSets
        return facts
    }

    private static func ownGroups() -> [String] {
        var groups = [gid_t](repeating: 0, count: 256)
        let count = Int(getgroups(Int32(groups.count), &groups))
        return (groups.prefix(max(count, 0)) + [getegid()]).compactMap {
            getgrgid($0).map { String(cString: $0.pointee.gr_name) }
        }
    }

    private static func owningGroup(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, let entry = getgrgid(status.st_gid) else { return nil }
        return String(cString: entry.pointee.gr_name)
    }

    /// This process's soft limit of that name; nil for unlimited.
    private static func limit(_ name: String) -> UInt64? {
        let line = text("/proc/self/limits").split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(separator: " ").first.flatMap { UInt64($0) }
    }

    /// The quota of this process's control group (version 2), or of the one that a container is in.
    private static var processorQuota: String? {
        let group = text("/proc/self/cgroup").split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3) ?? ""
        return line("/sys/fs/cgroup\(group)/cpu.max") ?? line("/sys/fs/cgroup/cpu.max")
    }

    private static var instructionSets: [String] {
        let flags = text("/proc/cpuinfo").split(separator: "\n").first {
            $0.hasPrefix("flags") || $0.hasPrefix("Features")
        }
        let known = ["sse4_2", "avx2", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"]
        let words = Set((flags ?? "").split(separator: " ").map(String.init))
        return known.filter { words.contains($0) }
    }

    /// Whether a folder can be written, or its nearest ancestor that exists.
    private static func isCreatable(_ path: String) -> Bool {
        var path = Substring(path)
        while !path.isEmpty {
            if access(String(path), F_OK) == 0 { return access(String(path), W_OK | X_OK) == 0 }
            path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        }
        return access("/", W_OK) == 0
    }

    private static func line(_ path: String) -> String? {
        text(path).split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init).flatMap {
            $0.isEmpty ? nil : $0
        }
    }

    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
