import Glibc

/// What the doctor looks at, read from the system once; in tests made up.
public struct MachineFacts: Sendable {
    public var userID: UInt32
    public var groups: [String]
    /// The groups that own video nodes; empty without a camera.
    public var videoGroups: [String]
    /// Whether every video node opens.
    public var videoNodesOpen: Bool
    /// Limits in bytes or as a priority; nil for unlimited.
    public var lockedMemory: UInt64?
    public var realTimePriority: UInt64?
    /// The governor of each processor that has one.
    public var governors: [String]
    /// Microseconds of each period that real-time threads may use, and the period; runtime -1 for no limit.
    public var realTimeRuntime: Int?
    public var realTimePeriod: Int?
    /// This process's control group: processor time in microseconds per period, as "max 100000".
    public var processorQuota: String?
    public var isolatedProcessors: String
    public var processorCount: Int
    public var runtimeDirectory: String
    public var runtimeDirectoryIsWritable: Bool
    /// Free bytes in /dev/shm.
    public var sharedMemory: UInt64
    /// Names of instruction sets that matter to the kernels, as /proc/cpuinfo writes them.
    public var instructionSets: [String]

    public init(
        userID: UInt32 = 1000, groups: [String] = ["video"], videoGroups: [String] = ["video"],
        videoNodesOpen: Bool = true, lockedMemory: UInt64? = nil, realTimePriority: UInt64? = 99,
        governors: [String] = [], realTimeRuntime: Int? = -1, realTimePeriod: Int? = 1_000_000,
        processorQuota: String? = nil, isolatedProcessors: String = "", processorCount: Int = 4,
        runtimeDirectory: String = "/run/user/1000", runtimeDirectoryIsWritable: Bool = true,
        sharedMemory: UInt64 = 1 << 30, instructionSets: [String] = ["avx2"]
    ) {
        self.userID = userID
        self.groups = groups
        self.videoGroups = videoGroups
        self.videoNodesOpen = videoNodesOpen
        self.lockedMemory = lockedMemory
        self.realTimePriority = realTimePriority
        self.governors = governors
        self.realTimeRuntime = realTimeRuntime
        self.realTimePeriod = realTimePeriod
        self.processorQuota = processorQuota
        self.isolatedProcessors = isolatedProcessors
        self.processorCount = processorCount
        self.runtimeDirectory = runtimeDirectory
        self.runtimeDirectoryIsWritable = runtimeDirectoryIsWritable
        self.sharedMemory = sharedMemory
        self.instructionSets = instructionSets
    }
}
