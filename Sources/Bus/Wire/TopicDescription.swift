/// One topic as ACCEPT and TOPIC describe it.
struct TopicDescription: Equatable {
    var index: UInt16
    var flags: UInt8
    /// Messages published on the topic so far.
    var published: UInt64
    /// The sequence before the first message that this subscription will receive.
    var baseline: UInt64
    var name: String
    var typeName: String

    func encode(to writer: inout WireWriter) {
        writer.append(index)
        writer.append(flags)
        writer.append(0 as UInt8)
        writer.append(published)
        writer.append(baseline)
        writer.append(short: name)
        writer.append(short: typeName)
    }

    init(_ reader: inout WireReader) throws(WireReader.Malformed) {
        index = try reader.number("topic index")
        flags = try reader.number("topic flags")
        _ = try reader.number("reserved", as: UInt8.self)
        published = try reader.number("messages published")
        baseline = try reader.number("baseline")
        name = try reader.shortText("topic name")
        typeName = try reader.shortText("type name")
    }

    init(index: UInt16, flags: UInt8, published: UInt64, baseline: UInt64, name: String, typeName: String) {
        self.index = index
        self.flags = flags
        self.published = published
        self.baseline = baseline
        self.name = name
        self.typeName = typeName
    }
}
