import Messages
import Platform
import Synchronization

/// Publishes topics to local subscribers over a Unix socket of its own; there is no broker.
///
/// The socket lies in the runtime directory under the publisher's name. A thread of the publisher serves the sockets; threads
/// that publish never wait for it. Closing, or letting go of the last reference, hangs up and removes the socket.
public final class BusPublisher: Sendable {
    public let name: String
    /// Another number for every start.
    public let session: UInt64
    private let core: PublisherCore
    private let thread: RealTimeThread
    private let isJoined = Atomic<Bool>(false)

    /// - Throws: ``BusError/nameInUse(name:process:)`` when another process publishes under this name,
    ///   ``BusError/unsafeDirectory(_:detail:)``, ``BusError/invalidName(_:detail:)``.
    public init(name: String, options: BusPublisherOptions = BusPublisherOptions()) throws(BusError) {
        try BusName.checkPublisher(name)
        try options.check()
        self.name = name
        let directory = try RuntimeDirectory(preparing: options.directory)
        let core = try PublisherCore(name: name, options: options)
        let mode: UInt32 = options.allowedUsers == nil ? 0o600 : 0o666
        let loop = try PublisherLoop(
            core: core, endpoint: PublisherEndpoint.claim(name, in: directory, mode: mode), options: options)
        PublisherEndpoint.removeStale(in: directory)
        self.core = core
        session = core.session
        do {
            thread = try RealTimeThread(name: "bus-\(name)") { _ in loop.run() }
        } catch {
            throw BusError(error)
        }
    }

    deinit {
        close()
    }

    /// Adds a topic.
    ///
    /// - Parameter type: full name of the messages' protobuf schema.
    public func topic(
        _ name: String, type: String = "", options: TopicOptions = TopicOptions()
    ) throws(BusError) -> BusTopic {
        try core.addTopic(name, type: type, options: options, frames: nil)
    }

    public func topic(_ name: String, type: String = "", retained: Bool) throws(BusError) -> BusTopic {
        try topic(name, type: type, options: TopicOptions(isRetained: retained))
    }

    /// Adds a topic of one of Sightline's schemas; `prefix` is the camera's name where there are several.
    public func topic(
        _ kind: MessageKind, prefix: String? = nil, options: TopicOptions = TopicOptions()
    ) throws(BusError) -> BusTopic {
        try topic(prefix.map { $0 + "/" + kind.topic } ?? kind.topic, type: kind.typeName, options: options)
    }

    /// Adds a topic whose frames travel through shared memory.
    public func frames(_ name: String = MessageKind.frame.topic, options: FrameOptions) throws(BusError) -> FrameTopic {
        let ring = try FrameRing(try options.layout(), options: options, name: "\(self.name)-\(name)")
        let topicOptions = TopicOptions(messageByteLimit: 1024)
        let topic = try core.addTopic(name, type: MessageKind.frame.typeName, options: topicOptions, frames: ring)
        return FrameTopic(topic: topic, ring: ring)
    }

    /// Who is connected and how they keep up.
    public var subscribers: [SubscriberStatus] { core.statuses }

    /// Counters since the start.
    public var counters: PublisherCounters { core.counters }

    /// Says goodbye to the subscribers and removes the socket. Topics of a closed publisher throw ``BusError/closed``.
    public func close() {
        guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
        core.signals.close()
        thread.join()
    }

    /// Runs `body` while no subscriber can be served, as if the system kept the publisher's thread from running at the worst
    /// moment. For tests.
    package func withSubscribersOutOfReach(_ body: () throws -> Void) rethrows {
        try core.owningPeers(body)
    }
}
