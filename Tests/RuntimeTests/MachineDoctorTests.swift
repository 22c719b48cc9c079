import Runtime
import Testing

@Suite("Doctor")
struct MachineDoctorTests {
    private func finding(_ name: String, _ facts: MachineFacts) throws -> MachineFinding {
        try #require(MachineDoctor.examine(facts).first { $0.name == name })
    }

    @Test("a machine that lacks nothing is good in everything")
    func good() {
        let facts = MachineFacts(isolatedProcessors: "2-3")
        #expect(MachineDoctor.examine(facts).filter { $0.verdict != .good } == [])
        #expect(MachineDoctor.examine(facts).allSatisfy { $0.remedy == nil })
    }

    @Test("whoever is not in the cameras' group is told the command")
    func video() throws {
        let found = try finding("video", MachineFacts(groups: ["users"], videoNodesOpen: false))
        #expect(found.verdict == .bad && found.remedy?.hasPrefix("sudo usermod -aG video $USER") == true)
        #expect(try finding("video", MachineFacts(videoGroups: [])).verdict == .improvable)
        #expect(try finding("video", MachineFacts(videoNodesOpen: false)).remedy == "sudo chmod g+rw /dev/video*")
    }

    @Test("limits, governors, quotas and throttling each have a command")
    func limits() throws {
        let facts = MachineFacts(
            lockedMemory: 8 << 20, realTimePriority: 0, governors: ["powersave", "performance"],
            realTimeRuntime: 500_000,
            processorQuota: "150000 100000", runtimeDirectoryIsWritable: false, sharedMemory: 1 << 20,
            instructionSets: ["sse4_2"])
        for name in ["memlock", "rtprio", "governor", "rt_throttling", "cgroup", "isolated_cpus", "shared_memory"] {
            let found = try finding(name, facts)
            #expect(found.verdict == .improvable && found.remedy != nil, "\(name)")
        }
        #expect(try finding("cgroup", facts).state.hasPrefix("this control group gets 1.5 of 4 processors"))
        #expect(try finding("governor", facts).state.contains("(powersave)"))
        #expect(try finding("runtime_directory", facts).verdict == .bad)
        #expect(try finding("instruction_set", facts).verdict == .improvable)
        #expect(try finding("rt_throttling", MachineFacts(realTimeRuntime: 950_000)).verdict == .good)
    }

    @Test("this machine is examined without a surprise")
    func thisMachine() {
        let findings = MachineDoctor.examine(.system)
        #expect(findings.count == 10 && Set(findings.map(\.name)).count == 10)
        #expect(findings.allSatisfy { !$0.state.isEmpty })
    }
}
