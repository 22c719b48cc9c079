import Platform

/// Which faults hold, which have ended, and how often each kind occurred. Allocates only when something is wrong.
public struct FaultLedger: Sendable, Equatable {
    /// Faults of single frames count as one as long as they come at least this often: one second.
    private static let quietTime: Int64 = 1_000_000_000

    /// More ended faults than this are not kept for the reader; the oldest go first.
    private static let endedLimit = 64

    public private(set) var active: [CameraFault] = []
    /// Ended and not yet taken.
    public private(set) var ended: [CameraFault] = []
    /// How often each kind occurred since the beginning.
    public private(set) var totals: [CameraFault.Kind: Int] = [:]
    /// Grows with every change of what is active or ended, so that a reader can see cheaply whether there is news.
    public private(set) var revision = 0

    public init() {}

    public var hasOutage: Bool { active.contains { $0.kind.isOutage } }

    /// Notes an occurrence.
    ///
    /// - Parameters:
    ///   - since: when it began, where that is earlier than `now`.
    ///   - renewsDetail: whether what is said now replaces what was said when it began.
    ///   - detail: made only when it is needed.
    mutating func raise(
        _ kind: CameraFault.Kind, at now: MonotonicTime, since: MonotonicTime? = nil, count: Int = 1,
        renewsDetail: Bool = true, detail: @autoclosure () -> String
    ) {
        totals[kind, default: 0] += count
        revision += 1
        if let index = active.firstIndex(where: { $0.kind == kind }) {
            active[index].count += count
            active[index].last = now
            if renewsDetail { active[index].detail = detail() }
            return
        }
        var fault = CameraFault(kind: kind, since: since ?? now, count: count, detail: detail())
        fault.last = now
        active.append(fault)
    }

    /// Ends all outages but those excepted: a good frame has come.
    mutating func endOutages(at now: MonotonicTime) {
        guard hasOutage else { return }
        for fault in active where fault.kind.isOutage { end(fault, at: now) }
        active.removeAll { $0.kind.isOutage }
    }

    /// Ends the faults of single frames that have not occurred for a while.
    mutating func settle(at now: MonotonicTime) {
        guard !active.isEmpty else { return }
        func isQuiet(_ fault: CameraFault) -> Bool { !fault.kind.isOutage && now - fault.last >= Self.quietTime }
        for fault in active where isQuiet(fault) { end(fault, at: fault.last) }
        active.removeAll(where: isQuiet)
    }

    /// Hands over the faults that have ended since the last call.
    public mutating func takeEnded() -> [CameraFault] {
        defer { ended.removeAll() }
        return ended
    }

    private mutating func end(_ fault: CameraFault, at moment: MonotonicTime) {
        var fault = fault
        fault.lasted = max(0, moment - fault.since)
        if ended.count == Self.endedLimit { ended.removeFirst() }
        ended.append(fault)
        revision += 1
    }
}
