import Platform
import SightlineBus

/// Watches a loop from another thread: ends it when the process is interrupted, raises what can be seen from outside, publishes
/// health, and tells the service manager.
struct LoopSupervisor: ~Copyable {
    /// How often it looks at least.
    private static let interval: Int64 = 100_000_000
    private static let slowInterval: Int64 = 1_000_000_000

    private let source: any FrameSource
    private let board: HealthBoard
    private let progress: LoopProgress
    private let publisher: ResultPublisher?
    private let services: ServiceManager
    private var reporter: HealthReporter
    private let watchdog: StageWatchdog
    private var host: HostMonitor
    private var subscribers: SubscriberMonitor
    private var nextSlowLook: MonotonicTime
    private var nextSign: MonotonicTime
    private var isReady = false
    private var isStopping = false

    init(_ loop: PerceptionLoop, begin: MonotonicTime, services: ServiceManager = ServiceManager()) {
        source = loop.source
        board = loop.health
        progress = loop.progress
        // Health differs from run to run: on a virtual clock only results are published.
        publisher = loop.source.isVirtual ? nil : loop.publisher
        self.services = services
        reporter = HealthReporter(board: board, begin: begin)
        watchdog = StageWatchdog(board: board, limit: loop.hangLimit)
        host = HostMonitor(board: board)
        subscribers = SubscriberMonitor(board: board)
        nextSlowLook = begin + Self.slowInterval
        nextSign = begin
    }

    /// Returns when the loop has ended.
    mutating func run() {
        board.wakeWhenInterrupted()
        while !progress.hasEnded {
            let revision = board.revision
            let now = MonotonicTime.now
            if InterruptFlag.isSet { stop() }
            if now >= nextSlowLook {
                nextSlowLook = now + Self.slowInterval
                host.look(now: now)
                if let publisher { subscribers.look(publisher.subscriberLosses, now: now) }
                if services.isPresent, isReady { services.status(progress.statusLine) }
            }
            if watchdog.look(progress, now: now) { giveSign(now) }
            publishHealth(now)
            board.wait(
                while: revision, timeoutNanoseconds: min(Self.interval, max(reporter.remaining(now: now), 1_000_000)))
        }
        if !isStopping { stop() }
    }

    private mutating func stop() {
        guard !isStopping else { return }
        isStopping = true
        services.stopping()
        progress.requestStop()
        source.requestStop()
    }

    private mutating func publishHealth(_ now: MonotonicTime) {
        guard let report = reporter.report(now: now), let publisher else { return }
        // A closed bus ends the loop itself; here nothing is left to do about it.
        try? publisher.publishHealth(report, stamp: progress.lastStamp)
    }

    /// A loop that hangs gives no sign of life, so that the service manager starts it anew.
    private mutating func giveSign(_ now: MonotonicTime) {
        guard services.isPresent else { return }
        if !isReady && progress.framesDone > 0 {
            isReady = true
            services.ready(status: progress.statusLine)
        }
        guard let interval = services.watchdogInterval, now >= nextSign else { return }
        nextSign = now + min(interval / 2, Self.slowInterval)
        services.alive()
    }
}
