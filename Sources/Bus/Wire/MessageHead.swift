/// The fixed part of a MESSAGE, and the lease where there is one.
struct MessageHead: Equatable {
    var topic: UInt16
    var flags: UInt8
    var payloadLength: UInt32
    var sequence: UInt64
    var droppedBefore: UInt64
    var publishTime: Int64
    var lease: SlotLease?

    /// Bytes of the head, the lease included.
    var byteCount: Int { Wire.messageHeaderBytes + (lease == nil ? 0 : Wire.leaseBytes) }

    /// Writes the head; `destination` holds at least ``byteCount`` bytes. Allocates nothing.
    func store(to destination: UnsafeMutableRawPointer) {
        destination.storeBytes(of: Wire.Kind.message.rawValue, as: UInt8.self)
        destination.storeBytes(of: flags, toByteOffset: 1, as: UInt8.self)
        destination.storeBytes(of: topic.littleEndian, toByteOffset: 2, as: UInt16.self)
        destination.storeBytes(of: payloadLength.littleEndian, toByteOffset: 4, as: UInt32.self)
        destination.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt64.self)
        destination.storeBytes(of: droppedBefore.littleEndian, toByteOffset: 16, as: UInt64.self)
        destination.storeBytes(of: publishTime.littleEndian, toByteOffset: 24, as: Int64.self)
        if let lease {
            destination.storeBytes(of: lease.slot.littleEndian, toByteOffset: 32, as: UInt32.self)
            destination.storeBytes(of: 0, toByteOffset: 36, as: UInt32.self)
            destination.storeBytes(of: lease.generation.littleEndian, toByteOffset: 40, as: UInt64.self)
        }
    }

    /// `reader` stands behind the kind; afterwards it stands before the payload, whose length has been checked.
    ///
    /// - Parameter separatePayload: the payload's length where it is not behind the head.
    init(_ reader: inout WireReader, separatePayload: Int? = nil) throws(WireReader.Malformed) {
        // In one piece: every message passes here.
        let fixed = try reader.take(Wire.messageHeaderBytes - 1, "the end of a message's head")
        flags = fixed.load(as: UInt8.self)
        topic = UInt16(littleEndian: fixed.loadUnaligned(fromByteOffset: 1, as: UInt16.self))
        payloadLength = UInt32(littleEndian: fixed.loadUnaligned(fromByteOffset: 3, as: UInt32.self))
        sequence = UInt64(littleEndian: fixed.loadUnaligned(fromByteOffset: 7, as: UInt64.self))
        droppedBefore = UInt64(littleEndian: fixed.loadUnaligned(fromByteOffset: 15, as: UInt64.self))
        publishTime = Int64(littleEndian: fixed.loadUnaligned(fromByteOffset: 23, as: Int64.self))
        if flags & Wire.MessageFlag.leased != 0 {
            let slot = try reader.number("slot", as: UInt32.self)
            _ = try reader.number("reserved", as: UInt32.self)
            lease = SlotLease(slot: slot, generation: try reader.number("generation"))
        }
        let length = separatePayload ?? reader.rest.count
        guard length == Int(payloadLength) else {
            throw .init(detail: "payload of \(length) bytes is announced as \(payloadLength)")
        }
    }

    init(
        topic: UInt16, flags: UInt8, payloadLength: UInt32, sequence: UInt64, droppedBefore: UInt64,
        publishTime: Int64, lease: SlotLease?
    ) {
        self.topic = topic
        self.flags = flags | (lease == nil ? 0 : Wire.MessageFlag.leased)
        self.payloadLength = payloadLength
        self.sequence = sequence
        self.droppedBefore = droppedBefore
        self.publishTime = publishTime
        self.lease = lease
    }
}
