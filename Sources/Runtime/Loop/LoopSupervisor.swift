import Platform
import SightlineBus

/// Watches a loop from another thread: ends it when the process is interrupted, and publishes health.
struct LoopSupervisor {
    /// How often it looks at least.
    private static let interval: Int64 = 100_000_000

    private let slot: LatestSlot<CapturedFrame>
    private let board: HealthBoard
    private let progress: LoopProgress
    private let publisher: ResultPublisher?
    private var reporter: HealthReporter

    init(_ loop: PerceptionLoop, begin: MonotonicTime) {
        slot = loop.source.slot
        board = loop.health
        progress = loop.progress
        // Health differs from run to run: on a virtual clock only results are published.
        publisher = loop.source.isVirtual ? nil : loop.publisher
        reporter = HealthReporter(board: board, begin: begin)
    }

    /// Returns when the loop has ended.
    mutating func run() {
        while !progress.hasEnded {
            let revision = board.revision
            if InterruptFlag.isSet { slot.finish() }
            let now = MonotonicTime.now
            if let publisher, let report = reporter.report(now: now) {
                // A closed bus ends the loop itself; here nothing is left to do about it.
                try? publisher.publishHealth(report, stamp: progress.lastStamp)
            }
            board.wait(
                while: revision, timeoutNanoseconds: min(Self.interval, max(reporter.remaining(now: now), 1_000_000)))
        }
    }
}
