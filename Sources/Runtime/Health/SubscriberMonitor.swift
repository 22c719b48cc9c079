import Platform

/// Raises `SUBSCRIBER_DROPPED` while a subscriber loses messages, and names it. Looks once a second, from the supervisor's
/// thread.
package struct SubscriberMonitor {
    /// Without a loss for this long an episode is over.
    private static let calm: Int64 = 3_000_000_000

    private struct Loss {
        package var dropped: UInt64
        package var lastLoss: MonotonicTime?
        package var atEpisodeStart: UInt64
    }

    private let board: HealthBoard
    private var losses: [String: Loss] = [:]

    package init(board: HealthBoard) {
        self.board = board
    }

    /// - Parameter subscribers: who is connected, and how many messages each has lost since it came.
    package mutating func look(_ subscribers: [(name: String, dropped: UInt64)], now: MonotonicTime) {
        let present = Set(subscribers.map(\.name))
        for subscriber in subscribers { update(subscriber.name, dropped: subscriber.dropped, now: now) }
        for name in losses.keys where !present.contains(name) {
            losses[name] = nil
            board.clear(.subscriberDropped, stage: name)
        }
    }

    private mutating func update(_ name: String, dropped: UInt64, now: MonotonicTime) {
        var loss = losses[name] ?? Loss(dropped: 0, lastLoss: nil, atEpisodeStart: 0)
        if dropped > loss.dropped {
            if loss.lastLoss == nil { loss.atEpisodeStart = loss.dropped }
            loss.lastLoss = now
            let lost = dropped - loss.atEpisodeStart
            board.raise(
                .subscriberDropped, stage: name, amount: Double(lost), unit: "messages",
                detail: "\(name) does not read fast enough and has lost \(lost) messages")
        } else if let last = loss.lastLoss, now - last >= Self.calm {
            loss.lastLoss = nil
            board.clear(.subscriberDropped, stage: name)
        }
        loss.dropped = dropped
        losses[name] = loss
    }
}
