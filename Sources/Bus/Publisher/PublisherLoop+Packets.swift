import CLinux
import Glibc
import Platform

extension PublisherLoop {
    /// Acts on one packet of a subscriber.
    func understand(_ index: Int, _ bytes: UnsafeRawBufferPointer) {
        var reader = WireReader(bytes)
        do throws(WireReader.Malformed) {
            let kind = Wire.Kind(rawValue: try reader.number("kind"))
            switch (kind, connections[index].phase) {
            case (.hello, .greeting): try greet(index, &reader)
            case (.release, .active): try release(index, &reader)
            case (.schemaRequest, .active): sendSchemas(index)
            default: throw WireReader.Malformed(detail: "packet of kind \(bytes[0]) is out of place")
            }
        } catch {
            violation(index, error.detail)
        }
    }

    // MARK: HELLO

    private func greet(_ index: Int, _ reader: inout WireReader) throws(WireReader.Malformed) {
        let hello = try Hello(&reader)
        guard hello.version == Wire.version else {
            core.count { $0.refused += 1 }
            let reason = "speaks version \(hello.version), the publisher speaks \(Wire.version)"
            return dismiss(index, Farewell(.refuse, .version, reason))
        }
        let all = core.topics
        let topics = visible(all, to: index)
        let wanted = topics.compactMap { topic in
            hello.subscriptions.first { $0.matches(topic.name) }.map { (topic, $0) }
        }
        let queueBytes = wanted.reduce(0) { $0 + PeerSubscription.queueBytes($1.1, $1.0) }
        guard queueBytes <= options.queueByteLimit else {
            core.count { $0.refused += 1 }
            let reason = "queues of \(queueBytes) bytes, at most \(options.queueByteLimit) are allowed"
            return dismiss(index, Farewell(.refuse, .tooMuchMemory, reason))
        }
        connections[index].hello = hello
        connections[index].queueBytes = queueBytes
        connections[index].knownTopics = all.count
        activate(index, hello, topics)
    }

    /// The topics that the peer's user may see.
    private func visible(_ topics: some Sequence<TopicCore>, to index: Int) -> [TopicCore] {
        let user = connections[index].credentials.user
        return topics.filter { $0.options.allowedUsers?.contains(user) ?? true }
    }

    private func activate(_ index: Int, _ hello: Hello, _ topics: [TopicCore]) {
        let peer = core.peers[index]
        acquire(peer)
        defer { peer.release() }
        peer.open(socket: connections[index].socket, scratchBytes: TopicOptions.largestMessage)
        connections[index].phase = .active
        var subscriptions: [PeerSubscription] = []
        do {
            for topic in topics {
                guard let request = hello.subscriptions.first(where: { $0.matches(topic.name) }) else { continue }
                let bytes = PeerSubscription.queueBytes(request, topic)
                subscriptions.append(try PeerSubscription(topic: topic, request: request, queueBytes: bytes))
            }
        } catch {
            return dismiss(index, Farewell(.refuse, .tooMuchMemory, "\(error)"))
        }
        identify(index, hello, subscriptions)
        peer.sendControl(accept(topics, subscriptions).encoded())
        for subscription in subscriptions { sendRing(subscription, peer) }
        for subscription in subscriptions { peer.subscribe(subscription) }
    }

    /// Waits for the token. Only a publishing thread that is in the middle of one send can hold it.
    private func acquire(_ peer: Peer) {
        while !peer.tryAcquire() { usleep(50) }
    }

    private func identify(_ index: Int, _ hello: Hello, _ subscriptions: [PeerSubscription]) {
        let credentials = connections[index].credentials
        core.setIdentity(
            SubscriberIdentity(
                name: hello.name, process: credentials.process, user: credentials.user,
                topics: subscriptions.map(\.topic.name)), of: index)
    }

    private func accept(_ topics: [TopicCore], _ subscriptions: [PeerSubscription]) -> Accept {
        Accept(
            process: getpid(), session: core.session, startTime: core.startTime,
            packetLimit: UInt32(max(65_536, options.schemas.count + 16)),
            connections: UInt16(connections.count { $0.isActive }), publisher: core.name,
            topics: topics.map { topic in
                topic.description(for: subscriptions.first { $0.topic === topic })
            })
    }

    private func sendRing(_ subscription: PeerSubscription, _ peer: Peer) {
        guard let frames = subscription.topic.frames else { return }
        var writer = WireWriter(.ring)
        writer.append(0 as UInt8)
        writer.append(UInt16(subscription.topic.index))
        writer.append(UInt32(frames.layout.slotCount))
        writer.append(UInt64(frames.layout.slotBytes))
        writer.append(UInt64(frames.layout.byteCount))
        peer.sendControl(writer.bytes, descriptor: frames.descriptor.number)
    }

    // MARK: Later topics

    func announceNewTopics(_ index: Int) {
        guard let hello = connections[index].hello, core.topicCount > connections[index].knownTopics else { return }
        let topics = core.topics
        let peer = core.peers[index]
        acquire(peer)
        defer { peer.release() }
        for topic in visible(topics[connections[index].knownTopics...], to: index) {
            var subscription: PeerSubscription?
            if let request = hello.subscriptions.first(where: { $0.matches(topic.name) }) {
                subscription = admit(index, topic, request)
            }
            var writer = WireWriter(.topic)
            topic.description(for: subscription).encode(to: &writer)
            peer.sendControl(writer.bytes)
            guard let subscription else { continue }
            sendRing(subscription, peer)
            peer.subscribe(subscription)
        }
        connections[index].knownTopics = topics.count
    }

    /// The subscription, if the subscriber's memory allows for another one.
    private func admit(_ index: Int, _ topic: TopicCore, _ request: TopicRequest) -> PeerSubscription? {
        let bytes = PeerSubscription.queueBytes(request, topic)
        guard connections[index].queueBytes + bytes <= options.queueByteLimit else { return nil }
        connections[index].queueBytes += bytes
        return try? PeerSubscription(topic: topic, request: request, queueBytes: bytes)
    }

    // MARK: RELEASE, SCHEMA_REQUEST

    private func release(_ index: Int, _ reader: inout WireReader) throws(WireReader.Malformed) {
        _ = try reader.number("flags", as: UInt8.self)
        let topic = Int(try reader.number("topic", as: UInt16.self))
        let lease = SlotLease(slot: try reader.number("slot"), generation: try reader.number("generation"))
        let frames = core.frames(ofTopic: topic)
        if frames?.release(lease, of: index) == true { return }
        // A lease that was taken away meanwhile is given back in good faith; for ever wrong ones are not.
        connections[index].uselessReleases += 1
        guard connections[index].uselessReleases < 10_000 else {
            throw .init(detail: "gives back what it does not hold, again and again")
        }
    }

    private func sendSchemas(_ index: Int) {
        connections[index].schemaRequests += 1
        guard connections[index].schemaRequests <= 4 else { return violation(index, "asks for the schemas again") }
        let peer = core.peers[index]
        acquire(peer)
        var writer = WireWriter(.schema)
        writer.append(raw: options.schemas)
        peer.sendControl(writer.bytes)
        peer.release()
    }
}
