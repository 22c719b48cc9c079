/// Every decoder of the protocol in one call, for tests that feed them anything.
package enum WireDecoding {
    /// Tries the bytes as a packet of every kind, in both directions. Returns how many decoders accepted them.
    package static func acceptors(of bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        func attempt(_ decode: (inout WireReader) throws(WireReader.Malformed) -> Void) {
            var reader = WireReader(bytes)
            do throws(WireReader.Malformed) {
                _ = try reader.number("kind", as: UInt8.self)
                try decode(&reader)
                count += 1
            } catch {}
        }
        attempt { reader throws(WireReader.Malformed) in _ = try Hello(&reader) }
        attempt { reader throws(WireReader.Malformed) in _ = try Accept(&reader) }
        attempt { reader throws(WireReader.Malformed) in _ = try TopicDescription(&reader) }
        attempt { reader throws(WireReader.Malformed) in _ = try Farewell(.refuse, &reader) }
        attempt { reader throws(WireReader.Malformed) in _ = try MessageHead(&reader) }
        return count
    }

    /// Valid packets to start from.
    package static var examples: [[UInt8]] {
        let requests = [TopicRequest("a"), TopicRequest("camera/*", queue: .dropOldest(9), history: 3)]
        let topic = TopicDescription(
            index: 1, flags: 7, published: 9, baseline: 8, name: "frame", typeName: "sightline.Frame")
        let accept = Accept(
            process: 1, session: 2, startTime: 3, packetLimit: 4, connections: 5, publisher: "p",
            topics: [topic, topic])
        var announcement = WireWriter(.topic)
        topic.encode(to: &announcement)
        let head = MessageHead(
            topic: 1, flags: 0, payloadLength: 3, sequence: 4, droppedBefore: 5, publishTime: 6,
            lease: SlotLease(slot: 2, generation: 8))
        var message = [UInt8](repeating: 0, count: head.byteCount + 3)
        message.withUnsafeMutableBytes { bytes in
            if let address = bytes.baseAddress { head.store(to: address) }
        }
        return [
            Hello(name: "n", subscriptions: requests).encoded(), accept.encoded(), announcement.bytes,
            Farewell(.goodbye, .closing, "reason").encoded(), message,
        ]
    }
}
