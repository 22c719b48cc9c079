/// HELLO: what a subscriber says first.
struct Hello: Equatable {
    var version = Wire.version
    /// Who the subscriber is, for people.
    var name: String
    var subscriptions: [TopicRequest]

    func encoded() -> [UInt8] {
        var writer = WireWriter(.hello)
        writer.append(0 as UInt8)
        writer.append(version)
        writer.append(Wire.magic)
        writer.append(UInt16(truncatingIfNeeded: subscriptions.count))
        writer.append(0 as UInt16)
        writer.append(short: name)
        for subscription in subscriptions {
            writer.append(short: subscription.topic)
            writer.append(subscription.queue.code)
            writer.append(0 as UInt8)
            writer.append(UInt32(clamping: subscription.queue.depth))
            writer.append(UInt32(clamping: subscription.history))
        }
        return writer.bytes
    }

    /// `reader` stands behind the kind.
    init(_ reader: inout WireReader) throws(WireReader.Malformed) {
        _ = try reader.number("flags", as: UInt8.self)
        version = try reader.number("version")
        let magic = try reader.number("magic", as: UInt32.self)
        guard magic == Wire.magic else { throw .init(detail: "the first packet is no Sightline greeting") }
        let count = Int(try reader.number("subscription count", as: UInt16.self))
        guard count <= Wire.subscriptionLimit else {
            throw .init(detail: "\(count) subscriptions, at most \(Wire.subscriptionLimit) are accepted")
        }
        _ = try reader.number("reserved", as: UInt16.self)
        name = try reader.shortText("subscriber name")
        subscriptions = []
        for _ in 0..<count {
            let topic = try reader.shortText("topic name")
            let code = try reader.number("queue policy", as: UInt8.self)
            _ = try reader.number("subscription flags", as: UInt8.self)
            let depth = Int(try reader.number("queue depth", as: UInt32.self))
            let history = Int(try reader.number("history", as: UInt32.self))
            guard let queue = QueuePolicy(code: code, depth: depth) else {
                throw .init(detail: "queue policy \(code) with depth \(depth) does not exist")
            }
            subscriptions.append(TopicRequest(topic, queue: queue, history: history))
        }
    }

    init(name: String, subscriptions: [TopicRequest]) {
        self.name = name
        self.subscriptions = subscriptions
    }
}
