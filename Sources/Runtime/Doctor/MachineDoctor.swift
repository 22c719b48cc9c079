/// Says what a machine lacks for real-time work, and the command that mends it.
public enum MachineDoctor {
    /// Memory that a run locks: networks' weights and arenas, frames, the bus.
    private static let neededLockedMemory: UInt64 = 512 << 20

    /// Frames in shared memory for subscribers.
    private static let neededSharedMemory: UInt64 = 64 << 20

    public static func examine(_ facts: MachineFacts) -> [MachineFinding] {
        [
            video(facts), lockedMemory(facts), realTimePriority(facts), governor(facts), realTimeThrottling(facts),
            processorQuota(facts), isolation(facts), runtimeDirectory(facts), sharedMemory(facts), instructions(facts),
        ]
    }

    private static func video(_ facts: MachineFacts) -> MachineFinding {
        guard !facts.videoGroups.isEmpty else {
            return .init("video", .improvable, "no camera is connected (no /dev/video*)")
        }
        if facts.videoNodesOpen { return .init("video", .good, "cameras can be opened") }
        let group = facts.videoGroups[0]
        if facts.groups.contains(group) {
            return .init(
                "video", .bad, "cameras cannot be opened, although this user is in group \(group)",
                remedy: "sudo chmod g+rw /dev/video*")
        }
        return .init(
            "video", .bad, "cameras cannot be opened: this user is not in group \(group)",
            remedy: "sudo usermod -aG \(group) $USER   # then log in again")
    }

    private static func lockedMemory(_ facts: MachineFacts) -> MachineFinding {
        guard let limit = facts.lockedMemory, limit < neededLockedMemory, facts.userID != 0 else {
            return .init("memlock", .good, "memory can be locked")
        }
        return .init(
            "memlock", .improvable,
            "only \(limit >> 10) kB of memory can be locked; pages may be swapped out during a run",
            remedy:
                "echo '@\(group(facts)) - memlock unlimited' | sudo tee /etc/security/limits.d/sightline-memlock.conf")
    }

    private static func realTimePriority(_ facts: MachineFacts) -> MachineFinding {
        guard let limit = facts.realTimePriority, limit < 50 else {
            return .init("rtprio", .good, "threads can have real-time priority")
        }
        return .init(
            "rtprio", .improvable,
            "threads can have no real-time priority (limit \(limit)); other programs delay results",
            remedy: "echo '@\(group(facts)) - rtprio 90' | sudo tee /etc/security/limits.d/sightline-rtprio.conf")
    }

    private static func group(_ facts: MachineFacts) -> String { facts.videoGroups.first ?? "video" }

    private static func governor(_ facts: MachineFacts) -> MachineFinding {
        guard !facts.governors.isEmpty else {
            return .init("governor", .good, "the processor's frequency is not managed by this system")
        }
        let slow = Set(facts.governors).subtracting(["performance"]).sorted()
        guard !slow.isEmpty else { return .init("governor", .good, "processors run at full speed (performance)") }
        return .init(
            "governor", .improvable,
            "processors change their speed (\(slow.joined(separator: ", "))); latencies vary",
            remedy: "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")
    }

    private static func realTimeThrottling(_ facts: MachineFacts) -> MachineFinding {
        guard let runtime = facts.realTimeRuntime, let period = facts.realTimePeriod, runtime >= 0, period > 0 else {
            return .init("rt_throttling", .good, "real-time threads are not throttled")
        }
        let share = 100 * runtime / period
        return .init(
            "rt_throttling", share >= 95 ? .good : .improvable,
            "real-time threads may use \(share) % of each \(period / 1000) ms",
            remedy: share >= 95 ? nil : "sudo sysctl -w kernel.sched_rt_runtime_us=\(period * 95 / 100)")
    }

    private static func processorQuota(_ facts: MachineFacts) -> MachineFinding {
        let parts = (facts.processorQuota ?? "max").split(separator: " ").map { Double($0) }
        guard parts.count == 2, let quota = parts[0], let period = parts[1], period > 0 else {
            return .init("cgroup", .good, "no quota of processor time")
        }
        let processors = quota / period
        let text = "this control group gets \((processors * 100).rounded() / 100) of \(facts.processorCount) processors"
        guard processors < Double(facts.processorCount) else { return .init("cgroup", .good, text) }
        return .init(
            "cgroup", .improvable, text + "; threads pause when the quota is used up",
            remedy: "systemctl set-property --runtime UNIT CPUQuota=   # or start the container without --cpus")
    }

    private static func isolation(_ facts: MachineFacts) -> MachineFinding {
        facts.isolatedProcessors.isEmpty
            ? .init(
                "isolated_cpus", facts.processorCount > 2 ? .improvable : .good,
                "no processors are set apart for real-time work",
                remedy: facts.processorCount > 2
                    ? "add isolcpus=\(facts.processorCount - 2)-\(facts.processorCount - 1) to the kernel's command line"
                    : nil)
            : .init("isolated_cpus", .good, "processors \(facts.isolatedProcessors) are set apart for real-time work")
    }

    private static func runtimeDirectory(_ facts: MachineFacts) -> MachineFinding {
        facts.runtimeDirectoryIsWritable
            ? .init("runtime_directory", .good, "sockets go to \(facts.runtimeDirectory)")
            : .init(
                "runtime_directory", .bad,
                "\(facts.runtimeDirectory) cannot be written; the bus has no place for its sockets",
                remedy: "sudo install -d -o $USER \(facts.runtimeDirectory)   # or set SIGHTLINE_RUNTIME_DIR")
    }

    private static func sharedMemory(_ facts: MachineFacts) -> MachineFinding {
        let text = "\(facts.sharedMemory >> 20) MB of shared memory are free"
        guard facts.sharedMemory < neededSharedMemory else { return .init("shared_memory", .good, text) }
        return .init(
            "shared_memory", .improvable, text + ", too little to share frames",
            remedy: "sudo mount -o remount,size=256M /dev/shm   # containers: --shm-size=256m")
    }

    private static func instructions(_ facts: MachineFacts) -> MachineFinding {
        let sets = facts.instructionSets
        let fast = ["avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"]
        if let best = sets.first(where: { fast.contains($0) }) {
            return .init("instruction_set", .good, "int8 dot products in hardware (\(best))")
        }
        if sets.contains("avx2") { return .init("instruction_set", .good, "AVX2, without int8 dot products") }
        return .init(
            "instruction_set", .improvable, "no AVX2: networks run several times slower than on newer processors")
    }
}
