import CLinux
import Glibc
import Synchronization

/// One subscriber's place in a publisher.
///
/// A publishing thread and the I/O thread may both have something to do for a peer. Neither waits for the other: `state` is a
/// mailbox. Whoever finds it free owns the peer (the token) and serves it; whoever finds it taken leaves a bit for its topic,
/// and the owner, before it lets go, sees the bit and serves that topic too.
///
/// As long as nothing waits, publishing threads send. Once the socket is full they only queue, and the I/O thread alone sends
/// (``drain(limit:)``): it takes the token for as long as it takes one message out of the queues, not while it sends. Thereby
/// messages keep the order in which they were published over all topics.
final class Peer: @unchecked Sendable {
    // Sendable without checking is sound: what stands below "Guarded by the token" is touched only between a successful
    // `tryAcquire` and the `release` that follows, whose atomic exchanges order one owner's writes before the next one's
    // reads. `outgoing` is the I/O thread's own. The rest is immutable or atomic.

    static let topicLimit = 48
    private static let ownedBit: UInt64 = 1 << 63

    let index: Int
    let signals: PublisherSignals
    private let state = Atomic<UInt64>(0)
    /// Messages sent to the present subscriber.
    let sentCount = Atomic<UInt64>(0)
    /// Messages that the present subscriber lost.
    let droppedCount = Atomic<UInt64>(0)
    /// Messages in whose place the present subscriber, which wants the latest one only, got a newer one.
    let replacedCount = Atomic<UInt64>(0)

    // MARK: Guarded by the token, hence without the compiler's own checks for overlapping access

    @exclusivity(unchecked) private(set) var socket: Int32 = -1
    @exclusivity(unchecked) private(set) var subscriptions: [PeerSubscription] = []
    /// The subscription to a topic, by the topic's index.
    @exclusivity(unchecked) private var byTopic: [PeerSubscription?] = Array(repeating: nil, count: Peer.topicLimit)
    /// Messages wait, or packets of the handshake: publishing threads only queue, the I/O thread alone sends.
    @exclusivity(unchecked) private(set) var isQueueing = false
    /// The connection is dead; the I/O thread buries it.
    @exclusivity(unchecked) private(set) var isBroken = false
    @exclusivity(unchecked) private(set) var farewell: Farewell?
    @exclusivity(unchecked) private var ticket: UInt64 = 0
    /// What may wait in the kernel: about one message of every topic. Beyond that messages wait here, by their policies.
    @exclusivity(unchecked) private(set) var unreadLimit = 0
    /// No more than this waits in the kernel now, as far as is known without asking it.
    @exclusivity(unchecked) private var unreadAtMost = Int.max
    /// A message that is not the caller's own, with the ring's headroom before it.
    @exclusivity(unchecked) private var scratch: UnsafeMutableRawPointer?

    // MARK: The I/O thread's own

    var outgoing = OutgoingPackets()

    init(index: Int, signals: PublisherSignals) {
        self.index = index
        self.signals = signals
    }

    deinit {
        scratch?.deallocate()
    }

    // MARK: - Token

    /// On a publishing thread: there is something new on `topic`. Never waits.
    func offer(_ topic: TopicCore) {
        let bit: UInt64 = 1 << UInt64(topic.index)
        let (old, _) = state.bitwiseOr(Self.ownedBit | bit, ordering: .acquiringAndReleasing)
        if old & Self.ownedBit == 0 { release(publishing: topic.index) }
    }

    /// On any other thread. False when somebody owns the peer: try again soon.
    func tryAcquire() -> Bool {
        let (old, _) = state.bitwiseOr(Self.ownedBit, ordering: .acquiringAndReleasing)
        return old & Self.ownedBit == 0
    }

    /// On the I/O thread: waits for the token. A publishing thread holds it for the time of one send.
    func acquire() {
        while !tryAcquire() { usleep(50) }
    }

    /// Serves the topics that came up and lets go.
    ///
    /// - Parameter publishing: the topic whose publishing thread this is, or -1.
    func release(publishing: Int = -1) {
        while true {
            let pending = state.exchange(Self.ownedBit, ordering: .acquiringAndReleasing) & ~Self.ownedBit
            if pending == 0 {
                let (exchanged, _) = state.compareExchange(
                    expected: Self.ownedBit, desired: 0, ordering: .acquiringAndReleasing)
                if exchanged { return }
                continue
            }
            if publishing >= 0 && pending == 1 << UInt64(publishing) {
                // The usual case. Whatever was published before was served before, or its bit would be here too.
                transferNewest(publishing)
            } else {
                transferAll(publishing: publishing)
            }
        }
    }

    // MARK: - With the token

    func open(socket: Int32) {
        self.socket = socket
        // Until the answer to the greeting is sent, and whatever comes after it.
        isQueueing = true
        isBroken = false
        farewell = nil
        ticket = 0
        unreadAtMost = .max
        sentCount.store(0, ordering: .relaxed)
        droppedCount.store(0, ordering: .relaxed)
        replacedCount.store(0, ordering: .relaxed)
        if scratch == nil {
            scratch = .allocate(byteCount: TopicRing.headroom + TopicOptions.largestMessage, alignment: 64)
        }
    }

    /// Begins to serve topics: retained values first, then what was published since each subscription read its topic's head.
    func subscribe(_ new: [PeerSubscription]) {
        for subscription in new {
            subscriptions.append(subscription)
            byTopic[subscription.topic.index] = subscription
        }
        limitUnread()
        for subscription in new { subscription.topic.addSubscriber(index) }
        transferAll(publishing: -1)
    }

    /// From now on only the I/O thread sends.
    func beginQueueing() {
        isQueueing = true
    }

    /// Nothing waits any more: publishing threads send again.
    func endQueueing() {
        isQueueing = false
        unreadAtMost = .max
    }

    /// Gives everything back and closes the socket. On the I/O thread.
    func bury() {
        for subscription in subscriptions {
            subscription.topic.removeSubscriber(index)
            subscription.topic.frames?.releaseAll(of: index)
            byTopic[subscription.topic.index] = nil
        }
        subscriptions = []
        outgoing = OutgoingPackets()
        if let farewell, socket >= 0 { farewell.send(to: socket) }
        if socket >= 0 { close(socket) }
        socket = -1
        isBroken = true
    }

    /// Marks the connection as dead; ``bury()`` follows on the I/O thread.
    func fail(_ farewell: Farewell? = nil) {
        guard !isBroken else { return }
        isBroken = true
        self.farewell = farewell
        signals.needsAttention(index)
    }

    /// Room in the kernel for at least one packet of this size.
    func makeRoom(for byteCount: Int) {
        unreadLimit = Int(sightline_socket_set_unread_limit(socket, Int32(clamping: byteCount)))
    }

    private func limitUnread() {
        makeRoom(for: subscriptions.reduce(0) { $0 + $1.kernelBytes })
    }

    // MARK: From the topics

    /// On a publishing thread: takes what it has just published.
    private func transferNewest(_ topic: Int) {
        guard !isBroken, let subscription = byTopic[topic] else { return }
        let ring = subscription.ring
        skipOverwritten(subscription, ring)
        while !isBroken, subscription.cursor <= ring.head { take(subscription, ring, inPlace: true) }
    }

    /// Takes what is new on all topics in the order in which it was published.
    private func transferAll(publishing: Int) {
        // What comes after this place leaves its bit. Without the limit a message could be taken before an earlier one of a
        // topic that was looked at too soon.
        let limit = signals.newestOrder
        while !isBroken, let subscription = earliest(limit) {
            take(subscription, subscription.ring, inPlace: subscription.topic.index == publishing)
        }
    }

    /// The subscription whose next message was published first.
    private func earliest(_ limit: UInt64) -> PeerSubscription? {
        var earliest: (subscription: PeerSubscription, order: UInt64)?
        for subscription in subscriptions {
            guard let order = nextOrder(subscription), order <= limit else { continue }
            if let candidate = earliest, candidate.order < order { continue }
            earliest = (subscription, order)
        }
        return earliest?.subscription
    }

    private func nextOrder(_ subscription: PeerSubscription) -> UInt64? {
        let ring = subscription.ring
        skipOverwritten(subscription, ring)
        while subscription.cursor <= ring.head {
            if let order = ring.order(of: subscription.cursor) { return order }
            subscription.cursor += 1
            count(dropped: 1)
        }
        return nil
    }

    /// Messages that were overwritten before anybody could take them are lost; the next one's sequence tells.
    private func skipOverwritten(_ subscription: PeerSubscription, _ ring: TopicRing) {
        let oldest = ring.oldest
        guard subscription.cursor < oldest else { return }
        count(dropped: oldest - subscription.cursor)
        subscription.cursor = oldest
    }

    private func take(_ subscription: PeerSubscription, _ ring: TopicRing, inPlace: Bool) {
        let sequence = subscription.cursor
        subscription.cursor += 1
        if inPlace {
            guard let (info, payload) = ring.read(sequence) else { return count(dropped: 1) }
            deliver(subscription, sequence, info, payload)
        } else if let payload = scratch.map({ $0 + TopicRing.headroom }) {
            let room = UnsafeMutableRawBufferPointer(start: payload, count: TopicOptions.largestMessage)
            guard let info = ring.copy(sequence, to: room) else { return count(dropped: 1) }
            deliver(subscription, sequence, info, payload)
        }
    }

    /// - Parameter payload: where the message lies, behind ``TopicRing/headroom``.
    private func deliver(
        _ subscription: PeerSubscription, _ sequence: UInt64, _ info: TopicRing.Info,
        _ payload: UnsafeMutableRawPointer
    ) {
        if let lease = info.lease, let frames = subscription.topic.frames {
            guard frames.lend(lease, to: index) else { return count(dropped: 1) }
        }
        let entry = MessageQueue.Entry(sequence: sequence, publishTime: info.publishTime, lease: info.lease)
        if !isQueueing && send(subscription, entry, payload, info.length) { return }
        guard !isBroken else { return }
        enqueue(subscription, entry, UnsafeRawBufferPointer(start: payload, count: info.length))
    }

    private func enqueue(_ subscription: PeerSubscription, _ entry: MessageQueue.Entry, _ bytes: UnsafeRawBufferPointer)
    {
        while !subscription.queue.hasRoom(for: bytes.count) {
            switch subscription.policy {
            case .latest, .dropOldest:
                guard !subscription.queue.isEmpty else { return drop(subscription, entry) }
                drop(subscription, subscription.queue.removeFirst())
            case .dropNewest:
                return drop(subscription, entry)
            case .disconnect(let depth):
                drop(subscription, entry)
                return fail(
                    Farewell(.goodbye, .queueOverflow, "more than \(depth) messages of \(subscription.topic.name) wait")
                )
            }
        }
        var entry = entry
        entry.ticket = ticket
        ticket += 1
        subscription.queue.append(entry, bytes)
    }

    private func drop(_ subscription: PeerSubscription, _ entry: MessageQueue.Entry) {
        if let lease = entry.lease { subscription.topic.frames?.release(lease, of: index) }
        if subscription.policy == .latest {
            replacedCount.wrappingAdd(1, ordering: .relaxed)
        } else {
            count(dropped: 1)
        }
    }

    private func count(dropped: UInt64) {
        droppedCount.wrappingAdd(dropped, ordering: .relaxed)
    }

    // MARK: To the socket

    /// The head of a message's packet, which makes it the last one that was sent.
    func packetHead(
        _ subscription: PeerSubscription, _ entry: MessageQueue.Entry, byteCount: Int
    ) -> MessageHead {
        let head = MessageHead(
            topic: subscription.topicIndex,
            flags: entry.sequence <= subscription.retainedUpTo ? Wire.MessageFlag.retained : 0,
            payloadLength: UInt32(truncatingIfNeeded: byteCount), sequence: entry.sequence,
            droppedBefore: entry.sequence - subscription.lastSent - 1, publishTime: entry.publishTime,
            lease: entry.lease)
        if subscription.note(messageBytes: head.byteCount + byteCount) { limitUnread() }
        return head
    }

    /// False when the message was not sent: the socket is full (``isQueueing`` then) or dead (``isBroken``).
    private func send(
        _ subscription: PeerSubscription, _ entry: MessageQueue.Entry, _ payload: UnsafeMutableRawPointer,
        _ length: Int
    ) -> Bool {
        let head = packetHead(subscription, entry, byteCount: length)
        let packet = payload - head.byteCount
        head.store(to: packet)
        if mayWaitInKernel() {
            let byteCount = head.byteCount + length
            let sent = sightline_socket_send(socket, packet, byteCount, nil, 0)
            switch sent {
            case 0...:
                unreadAtMost += PeerSubscription.kernelBytes(packet: byteCount)
                subscription.lastSent = entry.sequence
                sentCount.wrappingAdd(1, ordering: .relaxed)
                return true
            case -Int(EAGAIN), -Int(ENOBUFS), -Int(ENOMEM): break
            default:
                // EPIPE and ECONNRESET: the subscriber is gone. Anything else cannot be mended here either.
                if let lease = entry.lease { subscription.topic.frames?.release(lease, of: index) }
                fail()
                return false
            }
        }
        isQueueing = true
        signals.needsAttention(index)
        return false
    }

    /// Whether another message may wait in the kernel. Asks it only when what was sent since the last answer might be too
    /// much, had nothing of it been read.
    private func mayWaitInKernel() -> Bool {
        if unreadAtMost <= unreadLimit { return true }
        unreadAtMost = Int(sightline_socket_unread(socket))
        return unreadAtMost <= unreadLimit
    }

    /// The subscription whose oldest message waits longest.
    func oldestWaiting() -> PeerSubscription? {
        var oldest: PeerSubscription?
        for subscription in subscriptions where !subscription.queue.isEmpty {
            if let candidate = oldest, candidate.queue.front.ticket <= subscription.queue.front.ticket { continue }
            oldest = subscription
        }
        return oldest
    }
}
