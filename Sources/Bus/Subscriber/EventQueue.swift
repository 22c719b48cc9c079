/// Events that were received and not yet asked for.
struct EventQueue {
    private var events: [BusEvent] = []
    private var first = 0

    var isEmpty: Bool { first == events.count }

    mutating func append(_ event: BusEvent) {
        events.append(event)
    }

    /// Appends a message in place of an older one of its topic, whose loss it then tells. Values from before the subscription
    /// stay.
    mutating func appendLatest(_ message: BusMessage) {
        for index in (first..<events.count).reversed() {
            guard case .message(let older) = events[index] else { break }
            guard older.topic == message.topic, older.envelope.publisher == message.envelope.publisher,
                older.session == message.session, !older.isRetained
            else { continue }
            var newest = message
            newest.envelope.droppedBefore += older.droppedBefore + 1
            events.remove(at: index)
            events.append(.message(newest))
            return
        }
        events.append(.message(message))
    }

    mutating func popFirst() -> BusEvent? {
        guard first < events.count else { return nil }
        let event = events[first]
        first += 1
        if first == events.count {
            events.removeAll(keepingCapacity: true)
            first = 0
        }
        return event
    }
}
