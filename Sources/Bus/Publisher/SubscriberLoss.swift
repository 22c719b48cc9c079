/// What one subscriber lost since somebody asked last.
public struct SubscriberLoss: Sendable, Equatable {
    /// What the subscriber calls itself.
    public var name: String
    public var process: Int32
    /// Messages that it lost since the last question.
    public var messages: UInt64
    /// Messages that it lost since it connected.
    public var total: UInt64
}

/// Finds out which subscribers lost messages since it was asked last: the cause for a health report.
///
///     var meter = SubscriberLossMeter()
///     for loss in meter.losses(of: publisher) { ... }     // once a second
public struct SubscriberLossMeter: Sendable {
    private var seen: [UInt64: UInt64] = [:]

    public init() {}

    /// The subscribers that lost messages since the last call, worst first. Allocates: not for the frame path.
    public mutating func losses(of publisher: BusPublisher) -> [SubscriberLoss] {
        losses(of: publisher.subscribers)
    }

    mutating func losses(of subscribers: [SubscriberStatus]) -> [SubscriberLoss] {
        var losses: [SubscriberLoss] = []
        for subscriber in subscribers {
            let before = seen[subscriber.connection] ?? 0
            guard subscriber.dropped > before else { continue }
            losses.append(
                SubscriberLoss(
                    name: subscriber.name, process: subscriber.process, messages: subscriber.dropped - before,
                    total: subscriber.dropped))
        }
        seen = Dictionary(subscribers.map { ($0.connection, $0.dropped) }, uniquingKeysWith: max)
        return losses.sorted { $0.messages > $1.messages }
    }
}
