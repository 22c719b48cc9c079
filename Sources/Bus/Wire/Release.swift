/// RELEASE: a subscriber gives a frame's slot back.
struct Release: Equatable {
    var topic: UInt16
    var lease: SlotLease

    func encoded() -> [UInt8] {
        var writer = WireWriter(.release)
        writer.append(0 as UInt8)
        writer.append(topic)
        writer.append(lease.slot)
        writer.append(lease.generation)
        return writer.bytes
    }

    /// `reader` stands behind the kind.
    init(_ reader: inout WireReader) throws(WireReader.Malformed) {
        _ = try reader.number("flags", as: UInt8.self)
        topic = try reader.number("topic")
        lease = SlotLease(slot: try reader.number("slot"), generation: try reader.number("generation"))
    }

    init(topic: UInt16, lease: SlotLease) {
        self.topic = topic
        self.lease = lease
    }
}
