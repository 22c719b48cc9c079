import Camera
import Glibc
import Platform

/// What only shows after a while: leaks and lost frames.
enum EnduranceTrials {
    static var all: [Trial] {
        [
            Trial(name: "unplug-cycles") { try unplugCycles($0, number("SIGHTLINE_TRIAL_CYCLES", else: 100)) },
            Trial(name: "endurance") {
                try endurance($0, number("SIGHTLINE_TRIAL_SECONDS", else: Viewer.hasSimulatedTime ? 60 : 10))
            },
        ]
    }

    private static func number(_ name: String, else standard: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? standard
    }

    private static func unplugCycles(_ device: String, _ cycles: Int) throws -> String {
        var viewer = try Viewer(device)
        try viewer.take(5)
        var longest: Int64 = 0
        var before = ProcessState.current
        for cycle in 1...cycles {
            try VirtualControl.set("disconnect", to: 1, on: device)
            try viewer.take(3, "cycle \(cycle)")
            for fault in viewer.camera.takeEndedFaults() { longest = max(longest, fault.lasted ?? 0) }
            // What libraries allocate once is there after some cycles.
            if cycle == min(10, cycles) { before = .current }
        }
        let after = ProcessState.current
        try Trial.require(viewer.camera.openings == cycles + 1, "opened \(viewer.camera.openings) times")
        try Trial.require(
            after.descriptors == before.descriptors, "\(before.descriptors) then \(after.descriptors) descriptors")
        try Trial.require(after.mappings == before.mappings, "\(before.mappings) then \(after.mappings) mappings")
        let growth = after.residentKilobytes - before.residentKilobytes
        try Trial.require(growth < 512, "memory grew by \(growth) kB")
        return "\(cycles) cycles, longest gap \(longest / 1_000_000) ms, memory grew by \(growth) kB"
    }

    private static func endurance(_ device: String, _ seconds: Int) throws -> String {
        var viewer = try Viewer(device, width: 1280, height: 720)
        try viewer.take(30)
        let before = ProcessState.current
        var halfway: ProcessState?
        let begin = MonotonicTime.now
        let length = Int64(seconds) * 1_000_000_000
        var frames = 0
        while MonotonicTime.now - begin < length {
            try viewer.take()
            frames += 1
            if halfway == nil, MonotonicTime.now - begin >= length / 2 { halfway = .current }
            // Somebody works on the frame while the next ones come.
            usleep(20_000)
        }
        let after = ProcessState.current
        if Viewer.hasSimulatedTime {
            try Trial.require(viewer.camera.lostFrames == 0, "\(viewer.camera.lostFrames) frames were lost")
            try Trial.require(viewer.camera.openings == 1, "opened \(viewer.camera.openings) times")
        }
        try Trial.require(
            after.descriptors == before.descriptors && after.mappings == before.mappings, "something stays open")
        let growth = after.residentKilobytes - before.residentKilobytes
        try Trial.require(growth < 512, "memory grew by \(growth) kB")
        // What is taken once shows in the first half, what is never given back in both.
        let late = after.residentKilobytes - (halfway ?? before).residentKilobytes
        return
            "\(frames) frames in \(seconds) s, \(viewer.camera.lostFrames) lost, opened \(viewer.camera.openings) times, \(viewer.camera.bufferCount) buffers, \(after.descriptors) descriptors before and after, memory grew by \(growth) kB, in the second half by \(late) kB"
    }
}
