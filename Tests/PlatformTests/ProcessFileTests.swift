import Foundation
import Testing

import Platform

@Suite("Numbers of /proc and /sys")
struct ProcessFileTests {
    private func number(_ text: String, _ field: Int) -> Int64? {
        Array(text.utf8).withUnsafeBytes { ProcessFile.number(in: $0, field: field) }
    }

    @Test("numbers on the first line are counted, words are not")
    func fields() {
        let stat = "cpu  10 20 30 40 50 60 70 80 0 0\ncpu0 1 2 3 4 5 6 7 8\n"
        #expect(number(stat, 0) == 10)
        #expect(number(stat, 7) == 80)
        #expect(number(stat, 10) == nil)
        #expect(number("3657087 12 1\n", 1) == 12)
        #expect(number("42", 0) == 42)
        #expect(number("a1 2", 0) == 2)
        #expect(number("", 0) == nil)
    }

    @Test("run-queue wait of this process's threads is found by name and grows")
    func wait() throws {
        let thread = try RealTimeThread(name: "wait-probe") { _ in
            (MonotonicTime.now + 200_000_000).sleepUntil()
        }
        defer { thread.join() }
        (MonotonicTime.now + 20_000_000).sleepUntil()
        let wait = RunQueueWait(threadsNamed: { $0 == "wait-probe" })
        #expect(wait.threadCount == 1)
        #expect(wait.nanoseconds >= 0)
        #expect(RunQueueWait(threadsNamed: { $0 == "nobody" }).threadCount == 0)
    }

    @Test("throttling is read from the counters and frequencies that are there")
    func throttling() throws {
        let root = NSTemporaryDirectory() + "/sightline-cpu-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        #expect(ThrottleCounters(root: root).events == 0)
        #expect(ThrottleCounters(root: root).frequencyLimitPercent == 0)
        let processor = try #require(Processors.numbers.first)
        for (path, value) in [
            ("thermal_throttle/core_throttle_count", "3\n"), ("thermal_throttle/package_throttle_count", "4\n"),
            ("cpufreq/scaling_max_freq", "1500000\n"), ("cpufreq/cpuinfo_max_freq", "2000000\n"),
        ] {
            let file = "\(root)/cpu\(processor)/\(path)"
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(value.utf8).write(to: URL(fileURLWithPath: file))
        }
        let counters = ThrottleCounters(root: root)
        #expect(counters.events == 7)
        #expect(counters.frequencyLimitPercent == 25)
    }
}
