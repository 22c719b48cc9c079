/// RING: the shared memory of a frame topic; its descriptor goes with the packet.
struct RingAnnouncement: Equatable {
    var topic: UInt16
    var layout: FrameRingLayout

    func encoded() -> [UInt8] {
        var writer = WireWriter(.ring)
        writer.append(0 as UInt8)
        writer.append(topic)
        writer.append(UInt32(layout.slotCount))
        writer.append(UInt64(layout.slotBytes))
        writer.append(UInt64(layout.byteCount))
        return writer.bytes
    }

    /// `reader` stands behind the kind.
    init(_ reader: inout WireReader) throws(WireReader.Malformed) {
        _ = try reader.number("flags", as: UInt8.self)
        topic = try reader.number("topic")
        let slotCount = Int(try reader.number("slot count", as: UInt32.self))
        let slotBytes = Int(clamping: try reader.number("slot bytes", as: UInt64.self))
        let byteCount = Int(clamping: try reader.number("byte count", as: UInt64.self))
        guard let layout = FrameRingLayout(slotCount: slotCount, slotBytes: slotBytes), layout.slotBytes == slotBytes,
            layout.byteCount == byteCount
        else { throw .init(detail: "a frame ring of \(slotCount) slots of \(slotBytes) bytes, \(byteCount) in all") }
        self.layout = layout
    }

    init(topic: UInt16, layout: FrameRingLayout) {
        self.topic = topic
        self.layout = layout
    }
}
