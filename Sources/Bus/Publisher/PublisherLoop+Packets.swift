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
        var subscriptions: [PeerSubscription] = []
        do {
            for topic in topics {
                guard let request = hello.subscriptions.first(where: { $0.matches(topic.name) }) else { continue }
                subscriptions.append(try PeerSubscription(topic: topic, request: request))
            }
        } catch {
            return dismiss(index, Farewell(.refuse, .tooMuchMemory, "\(error)"))
        }
        let answer = accept(topics, subscriptions)
        peer.acquire()
        peer.open(socket: connections[index].socket)
        peer.subscribe(subscriptions)
        peer.release()
        connections[index].phase = .active
        identify(index, hello, subscriptions)
        // Messages wait until these packets are sent.
        peer.sendControl(answer.encoded())
        for subscription in subscriptions { sendRing(subscription, peer) }
        sendWaiting(index)
    }

    private func identify(_ index: Int, _ hello: Hello, _ subscriptions: [PeerSubscription]) {
        let credentials = connections[index].credentials
        core.setIdentity(
            SubscriberIdentity(
                connection: connections[index].number, name: hello.name, process: credentials.process,
                user: credentials.user,
                topics: subscriptions.map(\.topic.name)), of: index)
    }

    private func accept(_ topics: [TopicCore], _ subscriptions: [PeerSubscription]) -> Accept {
        Accept(
            process: getpid(), session: core.session, startTime: core.startTime,
            packetLimit: UInt32(max(65_536, options.schemas.count + 16)),
            connections: UInt16(connections.count { $0.isActive } + 1), publisher: core.name,
            topics: topics.map { topic in
                topic.description(for: subscriptions.first { $0.topic === topic })
            })
    }

    private func sendRing(_ subscription: PeerSubscription, _ peer: Peer) {
        guard let frames = subscription.topic.frames else { return }
        let announcement = RingAnnouncement(topic: UInt16(subscription.topic.index), layout: frames.layout)
        peer.sendControl(announcement.encoded(), frames: frames)
    }

    // MARK: Later topics

    func announceNewTopics(_ index: Int) {
        guard let hello = connections[index].hello, core.topicCount > connections[index].knownTopics else { return }
        let topics = core.topics
        let peer = core.peers[index]
        var packets: [(description: [UInt8], subscription: PeerSubscription?)] = []
        for topic in visible(topics[connections[index].knownTopics...], to: index) {
            var subscription: PeerSubscription?
            if let request = hello.subscriptions.first(where: { $0.matches(topic.name) }) {
                subscription = admit(index, topic, request)
            }
            var writer = WireWriter(.topic)
            topic.description(for: subscription).encode(to: &writer)
            packets.append((writer.bytes, subscription))
        }
        connections[index].knownTopics = topics.count
        peer.acquire()
        peer.beginQueueing()
        peer.subscribe(packets.compactMap(\.subscription))
        peer.release()
        for packet in packets {
            peer.sendControl(packet.description)
            if let subscription = packet.subscription { sendRing(subscription, peer) }
        }
        sendWaiting(index)
    }

    /// The subscription, if the subscriber's memory allows for another one.
    private func admit(_ index: Int, _ topic: TopicCore, _ request: TopicRequest) -> PeerSubscription? {
        let bytes = PeerSubscription.queueBytes(request, topic)
        guard connections[index].queueBytes + bytes <= options.queueByteLimit else { return nil }
        connections[index].queueBytes += bytes
        return try? PeerSubscription(topic: topic, request: request)
    }

    // MARK: RELEASE, SCHEMA_REQUEST

    private func release(_ index: Int, _ reader: inout WireReader) throws(WireReader.Malformed) {
        let release = try Release(&reader)
        let frames = core.frames(ofTopic: Int(release.topic))
        if frames?.release(release.lease, of: index) == true { return }
        // A lease that was taken away meanwhile is given back in good faith; for ever wrong ones are not.
        connections[index].uselessReleases += 1
        guard connections[index].uselessReleases < 10_000 else {
            throw .init(detail: "gives back what it does not hold, again and again")
        }
    }

    private func sendSchemas(_ index: Int) {
        connections[index].schemaRequests += 1
        guard connections[index].schemaRequests <= 4 else { return violation(index, "asks for the schemas again") }
        var writer = WireWriter(.schema)
        writer.append(raw: options.schemas)
        core.peers[index].sendControl(writer.bytes)
        sendWaiting(index)
    }
}
