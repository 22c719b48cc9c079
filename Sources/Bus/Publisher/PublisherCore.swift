import Glibc
import Platform
import Synchronization

/// What a publisher, its topics and its I/O thread share.
final class PublisherCore: Sendable {
    let name: String
    let session: UInt64
    let startTime = MonotonicTime.now.nanoseconds
    let signals: PublisherSignals
    let peers: [Peer]
    private let observer: BusObserver?

    private struct Shared {
        var topics: [TopicCore] = []
        var statuses: [SubscriberIdentity?] = []
        var counters = PublisherCounters()
    }

    private let shared = Mutex(Shared())

    init(name: String, options: BusPublisherOptions) throws(BusError) {
        self.name = name
        session = UInt64.random(in: 1...UInt64.max)
        let signals = try PublisherSignals()
        self.signals = signals
        observer = options.observer
        peers = (0..<options.connectionLimit).map { Peer(index: $0, signals: signals) }
        shared.withLock { $0.statuses = Array(repeating: nil, count: options.connectionLimit) }
    }

    // MARK: Topics

    var topics: [TopicCore] { shared.withLock { $0.topics } }

    var topicCount: Int { shared.withLock { $0.topics.count } }

    /// The frame ring of a topic; nil when there is no such topic or it has none.
    func frames(ofTopic index: Int) -> FrameRing? {
        shared.withLock { $0.topics.indices.contains(index) ? $0.topics[index].frames : nil }
    }

    func addTopic(
        _ name: String, type: String, options: TopicOptions, frames: FrameRing?
    ) throws(BusError) -> BusTopic {
        try BusName.checkTopic(name)
        try options.check()
        guard type.utf8.count <= 255 else { throw .invalidName(type, detail: "longer than 255 bytes") }
        guard !signals.isClosed else { throw .closed }
        let topic = try shared.withLock { (shared) throws(BusError) in
            guard !shared.topics.contains(where: { $0.name == name }) else { throw .duplicateTopic(name) }
            let index = shared.topics.count
            guard index < Peer.topicLimit else { throw .tooManyTopics(limit: Peer.topicLimit) }
            let topic = try TopicCore(index: index, name: name, typeName: type, options: options, frames: frames)
            shared.topics.append(topic)
            return topic
        }
        // Subscribers may be waiting for a topic of this name.
        signals.wake.signal()
        return BusTopic(core: topic, peers: peers, signals: signals, observer: observer)
    }

    // MARK: Tests

    /// Owns every peer while `body` runs, as the I/O thread would that the scheduler stopped at the worst moment.
    func owningPeers(_ body: () throws -> Void) rethrows {
        for peer in peers { peer.acquire() }
        defer { for peer in peers { peer.release() } }
        try body()
    }

    // MARK: What people want to know

    func setIdentity(_ identity: SubscriberIdentity?, of peer: Int) {
        shared.withLock { $0.statuses[peer] = identity }
    }

    func count(_ change: (inout PublisherCounters) -> Void) {
        shared.withLock { change(&$0.counters) }
    }

    var counters: PublisherCounters { shared.withLock { $0.counters } }

    var statuses: [SubscriberStatus] {
        let (identities, rings) = shared.withLock { ($0.statuses, $0.topics.compactMap(\.frames)) }
        var statuses: [SubscriberStatus] = []
        for (peer, identity) in identities.enumerated() {
            guard let identity else { continue }
            statuses.append(
                SubscriberStatus(
                    connection: identity.connection, name: identity.name, process: identity.process,
                    user: identity.user, topics: identity.topics,
                    sent: peers[peer].sentCount.load(ordering: .relaxed),
                    dropped: peers[peer].droppedCount.load(ordering: .relaxed),
                    replaced: peers[peer].replacedCount.load(ordering: .relaxed),
                    framesHeld: rings.reduce(0) { $0 + $1.leases(of: peer) }))
        }
        return statuses
    }
}
