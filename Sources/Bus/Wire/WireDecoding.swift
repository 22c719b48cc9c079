/// Every decoder of the protocol in one call, for tests that feed them anything.
package enum WireDecoding {
    /// Tries the bytes as a packet of every kind, in both directions. Returns how many decoders accepted them.
    ///
    /// - Precondition: what a decoder accepts is the same after it was encoded and decoded again.
    package static func acceptors(of bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        func attempt<Packet: Equatable>(
            _ decode: (inout WireReader) throws(WireReader.Malformed) -> Packet, _ encode: (Packet) -> [UInt8]
        ) {
            guard let packet = decoded(bytes, decode) else { return }
            count += 1
            let again = encode(packet).withUnsafeBytes { decoded($0, decode) }
            precondition(again == packet, "\(packet) becomes \(String(describing: again))")
        }
        attempt({ (reader) throws(WireReader.Malformed) in try Hello(&reader) }, { $0.encoded() })
        attempt({ (reader) throws(WireReader.Malformed) in try Accept(&reader) }, { $0.encoded() })
        attempt({ (reader) throws(WireReader.Malformed) in try TopicDescription(&reader) }, announcement)
        attempt({ (reader) throws(WireReader.Malformed) in try Farewell(.refuse, &reader) }, { $0.encoded() })
        attempt({ (reader) throws(WireReader.Malformed) in try RingAnnouncement(&reader) }, { $0.encoded() })
        attempt({ (reader) throws(WireReader.Malformed) in try Release(&reader) }, { $0.encoded() })
        attempt(
            { (reader) throws(WireReader.Malformed) in try MessageHead(&reader) },
            { packet($0, payload: Int($0.payloadLength)) })
        return count
    }

    private static func decoded<Packet>(
        _ bytes: UnsafeRawBufferPointer, _ decode: (inout WireReader) throws(WireReader.Malformed) -> Packet
    ) -> Packet? {
        var reader = WireReader(bytes)
        do throws(WireReader.Malformed) {
            _ = try reader.number("kind", as: UInt8.self)
            return try decode(&reader)
        } catch {
            return nil
        }
    }

    private static func announcement(_ topic: TopicDescription) -> [UInt8] {
        var writer = WireWriter(.topic)
        topic.encode(to: &writer)
        return writer.bytes
    }

    /// A message of this head with zeros as its payload.
    private static func packet(_ head: MessageHead, payload: Int) -> [UInt8] {
        var message = [UInt8](repeating: 0, count: head.byteCount + payload)
        message.withUnsafeMutableBytes { bytes in
            if let address = bytes.baseAddress { head.store(to: address) }
        }
        return message
    }

    /// Valid packets to start from.
    package static var examples: [[UInt8]] {
        let requests = [TopicRequest("a"), TopicRequest("camera/*", queue: .dropOldest(9), history: 3)]
        let topic = TopicDescription(
            index: 1, flags: 7, published: 9, baseline: 8, name: "frame", typeName: "sightline.Frame")
        let accept = Accept(
            process: 1, session: 2, startTime: 3, packetLimit: 4, connections: 5, publisher: "p",
            topics: [topic, topic])
        let head = MessageHead(
            topic: 1, flags: 0, payloadLength: 3, sequence: 4, droppedBefore: 5, publishTime: 6,
            lease: SlotLease(slot: 2, generation: 8))
        guard let layout = FrameRingLayout(slotCount: 8, slotBytes: 1_382_400) else { return [] }
        return [
            Hello(name: "n", subscriptions: requests).encoded(), accept.encoded(), announcement(topic),
            Farewell(.goodbye, .closing, "reason").encoded(), packet(head, payload: 3),
            RingAnnouncement(topic: 1, layout: layout).encoded(),
            Release(topic: 1, lease: SlotLease(slot: 2, generation: 8)).encoded(),
        ]
    }
}
