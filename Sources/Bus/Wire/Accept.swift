/// ACCEPT: what a publisher answers.
struct Accept: Equatable {
    var version = Wire.version
    var process: Int32
    /// Another number for every start of the publisher.
    var session: UInt64
    /// CLOCK_MONOTONIC nanoseconds.
    var startTime: Int64
    /// Room that the subscriber needs for one packet.
    var packetLimit: UInt32
    /// Connections that the publisher serves, this one included.
    var connections: UInt16
    var publisher: String
    var topics: [TopicDescription]

    func encoded() -> [UInt8] {
        var writer = WireWriter(.accept)
        writer.append(0 as UInt8)
        writer.append(version)
        writer.append(process)
        writer.append(session)
        writer.append(startTime)
        writer.append(packetLimit)
        writer.append(connections)
        writer.append(UInt16(truncatingIfNeeded: topics.count))
        writer.append(short: publisher)
        for topic in topics { topic.encode(to: &writer) }
        return writer.bytes
    }

    /// `reader` stands behind the kind.
    init(_ reader: inout WireReader) throws(WireReader.Malformed) {
        _ = try reader.number("flags", as: UInt8.self)
        version = try reader.number("version")
        process = try reader.number("process")
        session = try reader.number("session")
        startTime = try reader.number("start time")
        packetLimit = try reader.number("packet limit")
        connections = try reader.number("connections")
        let count = Int(try reader.number("topic count", as: UInt16.self))
        publisher = try reader.shortText("publisher name")
        topics = []
        for _ in 0..<count { topics.append(try TopicDescription(&reader)) }
    }

    init(
        process: Int32, session: UInt64, startTime: Int64, packetLimit: UInt32, connections: UInt16,
        publisher: String, topics: [TopicDescription]
    ) {
        self.process = process
        self.session = session
        self.startTime = startTime
        self.packetLimit = packetLimit
        self.connections = connections
        self.publisher = publisher
        self.topics = topics
    }
}
