import Platform

/// Raises `CPU_STOLEN` while the host takes processor time away from the frame path, and `THROTTLED` while it slows the
/// processors down. Looks once a second, from the supervisor's thread.
package struct HostMonitor: ~Copyable {
    /// Shares of a second's processor time, in percent, from which it is worth a word.
    private static let stolenLimit = 2.0
    private static let waitingLimit = 5.0

    private let steal = StealTime()
    /// Made at the first look, when all threads have their names.
    private var wait: RunQueueWait?
    private let throttling: ThrottleCounters
    private let stolen: HealthSignal
    private let waiting: HealthSignal
    private let throttled: HealthSignal
    private let processors = Double(Processors.count)

    private var last: MonotonicTime
    private var stealBefore: Int64
    private var waitBefore: Int64
    private var eventsBefore: Int64

    package init(board: HealthBoard, throttling: ThrottleCounters = ThrottleCounters(), now: MonotonicTime = .now) {
        stolen = board.signal(.cpuStolen, stage: "hypervisor", unit: "percent") { amount, _ in
            "the hypervisor takes \(Int(amount.rounded())) % of the processors' time"
        }
        waiting = board.signal(.cpuStolen, stage: "scheduler", unit: "percent") { amount, _ in
            "threads of the frame path wait for a processor \(Int(amount.rounded())) % of the time, "
                + "because other programs run; real-time priority helps (`realtime:` in the configuration)"
        }
        throttled = board.signal(.throttled, stage: "processor", unit: "percent") { amount, count in
            amount > 0
                ? "the processors' highest frequency is limited to \(Int((100 - amount).rounded())) %"
                : "the processors were slowed down because of heat, \(count) times"
        }
        self.throttling = throttling
        last = now
        stealBefore = steal.nanoseconds ?? 0
        waitBefore = 0
        eventsBefore = throttling.events
    }

    package mutating func look(now: MonotonicTime) {
        let elapsed = Double(max(now - last, 1))
        last = now
        if wait == nil {
            wait = RunQueueWait(threadsNamed: isFrameThread)
            waitBefore = wait?.nanoseconds ?? 0
        }
        let (stealNow, waitNow) = (steal.nanoseconds ?? 0, wait?.nanoseconds ?? 0)
        Self.judge(
            stolen, percent: Double(stealNow - stealBefore) / elapsed / processors * 100, limit: Self.stolenLimit, now)
        Self.judge(waiting, percent: Double(waitNow - waitBefore) / elapsed * 100, limit: Self.waitingLimit, now)
        (stealBefore, waitBefore) = (stealNow, waitNow)
        let events = throttling.events
        let limit = throttling.frequencyLimitPercent
        if events > eventsBefore || limit > 0 {
            throttled.raise(amount: limit)
        } else {
            throttled.clear(now: now)
        }
        eventsBefore = events
    }

    private static func judge(_ signal: HealthSignal, percent: Double, limit: Double, _ now: MonotonicTime) {
        // Half the limit ends an episode, so that a load at the limit is one.
        if percent >= limit { signal.raise(amount: percent) } else if percent < limit / 2 { signal.clear(now: now) }
    }
}
