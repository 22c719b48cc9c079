import Messages
import Platform
import Testing

import Runtime

@Suite("What raises health causes")
struct HealthMonitorTests {
    private let board = HealthBoard()
    private let begin = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func moment(_ milliseconds: Int64) -> MonotonicTime { begin + milliseconds * 1_000_000 }

    private var causes: [Sightline_HealthCause] { board.read().causes }

    @Test("a stage that does not end is named, with the time since when; waiting for a frame is no stage that hangs")
    func watchdog() throws {
        let watchdog = StageWatchdog(board: board, limit: 2_000_000_000)
        let progress = LoopProgress()
        progress.enter(.road, now: begin)
        #expect(watchdog.look(progress, now: moment(1900)))
        #expect(!watchdog.look(progress, now: moment(2500)))
        let cause = try #require(causes.first)
        #expect(cause.kind == .stageHangs && cause.stage == "road")
        #expect(cause.sinceNs == begin.nanoseconds && cause.amount == 2500)
        progress.enter(.wait, now: moment(2600))
        #expect(watchdog.look(progress, now: moment(9000)))
        #expect(causes.isEmpty)
    }

    @Test("missed deadlines are raised under whose fault they were, and end after a second without one")
    func misses() throws {
        var monitor = MissMonitor(board: board, begin: begin)
        monitor.add(.host, excess: 4_000_000, now: moment(10))
        monitor.add(.host, excess: 9_000_000, now: moment(40))
        monitor.add(.none, excess: -1, now: moment(70))
        let cause = try #require(causes.first)
        #expect(cause.kind == .deadlineMissed && cause.stage == "host")
        #expect(cause.amount == 9 && cause.count == 2 && cause.unit == "ms")
        monitor.add(.none, excess: -1, now: moment(1010))
        #expect(causes.count == 1)
        monitor.add(.none, excess: -1, now: moment(2020))
        #expect(causes.isEmpty)
    }

    @Test("a drive that is decoded late says by how much")
    func lateness() throws {
        var monitor = LatenessMonitor(board: board, stage: "drive", now: begin)
        monitor.add(1_000_000, now: moment(10))
        #expect(causes.isEmpty)
        monitor.add(12_000_000, now: moment(20))
        #expect(causes.first?.kind == .decodeSlow && causes.first?.amount == 12)
        monitor.add(0, now: moment(1020))
        monitor.add(0, now: moment(2040))
        #expect(causes.isEmpty)
    }

    @Test("dropped frames name the stage that took most of the second")
    func overrun() throws {
        var monitor = OverrunMonitor(board: board, begin: begin)
        for frame in 0..<40 {
            var timeline = FrameTimeline()
            let start = moment(Int64(frame) * 33)
            timeline.begin(capture: start, now: start)
            timeline.finish(.preprocess, now: start + 1_000_000)
            timeline.finish(.detection, now: start + 9_000_000)
            timeline.finish(.road, now: start + 29_000_000)
            monitor.add(timeline, dropped: frame / 2, now: timeline.end)
        }
        let cause = try #require(causes.first)
        #expect(cause.kind == .networkOverrun && cause.stage == "road" && cause.unit == "frames")
        #expect(cause.amount > 10)
    }

    @Test("a subscriber that loses messages is named until it has kept up for some seconds, or has gone")
    func subscribers() throws {
        var monitor = SubscriberMonitor(board: board)
        func status(_ dropped: UInt64) -> [(name: String, dropped: UInt64)] { [("viewer (process 7)", dropped)] }
        monitor.look(status(0), now: moment(0))
        #expect(causes.isEmpty)
        monitor.look(status(5), now: moment(1000))
        monitor.look(status(9), now: moment(2000))
        let cause = try #require(causes.first)
        #expect(cause.kind == .subscriberDropped && cause.stage == "viewer (process 7)" && cause.amount == 9)
        monitor.look(status(9), now: moment(4000))
        #expect(causes.count == 1)
        monitor.look(status(9), now: moment(5100))
        #expect(causes.isEmpty)
        monitor.look(status(12), now: moment(6000))
        #expect(causes.first?.amount == 3)
        monitor.look([], now: moment(7000))
        #expect(causes.isEmpty)
    }

    @Test(
        "the host's and the scheduler's part are looked at without raising anything on an idle machine's first second")
    func host() {
        var monitor = HostMonitor(board: board, throttling: ThrottleCounters(root: "/nowhere"), now: .now)
        monitor.look(now: .now + 1_000_000_000_000)
        #expect(causes.allSatisfy { $0.kind == .cpuStolen })
    }
}
