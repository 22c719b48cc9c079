import CLinux
import Glibc
import Platform

/// What both sides of a measurement do to be measured alike.
enum Machine {
    /// Pins the calling thread and gives it SCHED_FIFO where permitted, so that other load on the machine stays out.
    static func prepare(processor: Int, priority: Int32 = 50) {
        for refusal in RealTimeThread.apply(.init(priority: priority, processor: processor), name: "bus-benchmark") {
            BusBenchmark.warn(refusal)
        }
        mlockall(MCL_CURRENT)
    }

    static var processors: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The second processor where there is one.
    static var other: Int { processors > 1 ? 1 : 0 }

    /// A private runtime directory.
    static func temporaryDirectory() -> String {
        var template = Array("/tmp/sightline-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { BusBenchmark.fail("mkdtemp: \(errno)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Sleeps until `time` on CLOCK_MONOTONIC.
    static func sleep(until time: Int64) {
        MonotonicTime(nanoseconds: time).sleepUntil()
    }

    static var now: Int64 { MonotonicTime.now.nanoseconds }
}
