import Platform

/// What a subscriber remembers of a publisher between connections.
struct PublisherPast {
    /// The start of the publisher that was connected last; 0 before the first.
    private(set) var session: UInt64 = 0
    /// When to try again; nil as soon as possible.
    var retryTime: Int64?
    private var failures = 0
    private var lastSequences: [String: UInt64] = [:]

    /// Whether a message that comes now may have to be bridged.
    var remembersSequences: Bool { !lastSequences.isEmpty }

    /// Notes a new connection. True when it is another start of a publisher that had been connected before.
    mutating func accepted(_ info: PublisherInfo) -> Bool {
        let isRestart = session != 0 && session != info.session
        if session != info.session { lastSequences = [:] }
        session = info.session
        failures = 0
        retryTime = nil
        return isRestart
    }

    mutating func ended(_ link: PublisherLink) {
        if link.session == session && session != 0 {
            lastSequences.merge(link.lastSequences, uniquingKeysWith: max)
        }
        postpone()
    }

    /// 10 ms after the first failure, doubled up to 1 s: a restarting publisher is back soon, a refusing one is left in peace.
    mutating func postpone() {
        let delay = min(Int64(10_000_000) << Int64(min(failures, 7)), 1_000_000_000)
        failures += 1
        retryTime = MonotonicTime.now.nanoseconds + delay
    }

    /// Carries a topic's sequence over a lost connection to the same start of the publisher: what was missed is counted, what
    /// was received already is not given twice. False for the latter.
    mutating func bridge(_ message: inout BusMessage) -> Bool {
        guard let last = lastSequences.removeValue(forKey: message.topic) else { return true }
        guard message.session == session else { return true }
        guard message.sequence > last else {
            lastSequences[message.topic] = last
            return false
        }
        message.envelope.droppedBefore = message.sequence - last - 1
        return true
    }
}
