import CLinux
import Glibc
import Synchronization

/// One subscriber's place in a publisher.
///
/// A publishing thread and the I/O thread may both have something to do for a peer. Neither waits for the other: `state` is a
/// mailbox. Whoever finds it free owns the peer (the token) and serves it; whoever finds it taken leaves a bit for its topic,
/// and the owner, before it lets go, sees the bit and serves that topic too.
final class Peer: @unchecked Sendable {
    // Sendable without checking is sound: everything below "Guarded by the token" is touched only between a successful
    // `tryAcquire` and the `release` that follows, whose atomic exchanges order one owner's writes before the next one's
    // reads. The rest is immutable or atomic.

    static let topicLimit = 48
    private static let ownedBit: UInt64 = 1 << 63

    let index: Int
    private let signals: PublisherSignals
    private let state = Atomic<UInt64>(0)
    /// Messages sent to the present subscriber.
    let sentCount = Atomic<UInt64>(0)
    /// Messages that the present subscriber lost.
    let droppedCount = Atomic<UInt64>(0)

    // MARK: Guarded by the token

    private(set) var socket: Int32 = -1
    private(set) var subscriptions: [PeerSubscription?] = Array(repeating: nil, count: Peer.topicLimit)
    /// Packets of the handshake that did not fit into the socket; they go before any message.
    private var control: [[UInt8]] = []
    /// The socket was full: nothing is sent until the I/O thread has seen room.
    private(set) var isBlocked = false
    private var isDraining = false
    /// The connection is dead; the I/O thread buries it.
    private(set) var isBroken = false
    private(set) var farewell: Farewell?
    private var ticket: UInt64 = 0
    /// What may wait in the kernel: about one message of every topic. Beyond that messages wait here, by their policies.
    private var unreadLimit = 0
    private var scratch: UnsafeMutableRawBufferPointer?
    private let head: UnsafeMutableRawPointer

    init(index: Int, signals: PublisherSignals) {
        self.index = index
        self.signals = signals
        head = .allocate(byteCount: 64, alignment: 8)
    }

    deinit {
        head.deallocate()
        scratch?.deallocate()
    }

    // MARK: - Token

    /// On a publishing thread: there is something new on `topic`. Never waits.
    func offer(_ topic: TopicCore) {
        let bit: UInt64 = 1 << UInt64(topic.index)
        let (old, _) = state.bitwiseOr(Self.ownedBit | bit, ordering: .acquiringAndReleasing)
        if old & Self.ownedBit == 0 { release(publishing: topic.index) }
    }

    /// On the I/O thread. False when a publishing thread owns the peer: try again soon.
    func tryAcquire() -> Bool {
        let (old, _) = state.bitwiseOr(Self.ownedBit, ordering: .acquiringAndReleasing)
        return old & Self.ownedBit == 0
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
            transfer(pending, publishing: publishing)
        }
    }

    // MARK: - With the token

    func open(socket: Int32, scratchBytes: Int) {
        self.socket = socket
        isBlocked = false
        isBroken = false
        farewell = nil
        control = []
        ticket = 0
        sentCount.store(0, ordering: .relaxed)
        droppedCount.store(0, ordering: .relaxed)
        if scratch == nil || scratch?.count ?? 0 < scratchBytes {
            scratch?.deallocate()
            scratch = .allocate(byteCount: scratchBytes, alignment: 64)
        }
    }

    func subscribe(_ subscription: PeerSubscription) {
        subscriptions[subscription.topic.index] = subscription
        limitUnread()
        subscription.topic.addSubscriber(index)
        // What was published since the subscription read the topic's head, and the retained values.
        transfer(1 << UInt64(subscription.topic.index), publishing: -1)
    }

    /// Gives everything back and closes the socket.
    func bury() {
        for position in subscriptions.indices {
            guard let subscription = subscriptions[position] else { continue }
            subscription.topic.removeSubscriber(index)
            subscription.topic.frames?.releaseAll(of: index)
            subscriptions[position] = nil
        }
        control = []
        if let farewell, socket >= 0 {
            let bytes = farewell.encoded()
            _ = bytes.withUnsafeBytes { sightline_socket_send(socket, $0.baseAddress, $0.count, nil, 0) }
        }
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

    /// Sends a packet of the handshake, or keeps it until there is room.
    func sendControl(_ bytes: [UInt8], descriptor: Int32? = nil) {
        guard !isBroken else { return }
        guard control.count < 64 else { return fail(Farewell(.goodbye, .queueOverflow, "never reads")) }
        if isBlocked && descriptor == nil {
            control.append(bytes)
            return
        }
        switch send(bytes, descriptor) {
        case 0...: break
        case -Int(EAGAIN) where descriptor == nil:
            control.append(bytes)
            block()
        default: fail()
        }
    }

    private func send(_ bytes: [UInt8], _ descriptor: Int32?) -> Int {
        bytes.withUnsafeBytes { buffer in
            if let descriptor {
                return sightline_socket_send_descriptor(socket, buffer.baseAddress, buffer.count, descriptor)
            }
            let sent = sightline_socket_send(socket, buffer.baseAddress, buffer.count, nil, 0)
            guard sent == -Int(EMSGSIZE) else { return sent }
            unreadLimit = Int(sightline_socket_set_unread_limit(socket, Int32(clamping: buffer.count)))
            return sightline_socket_send(socket, buffer.baseAddress, buffer.count, nil, 0)
        }
    }

    private func limitUnread() {
        var bytes = 0
        for subscription in subscriptions { bytes += subscription?.kernelBytes ?? 0 }
        unreadLimit = Int(sightline_socket_set_unread_limit(socket, Int32(clamping: bytes)))
    }

    private func block() {
        isBlocked = true
        // The I/O thread itself needs no telling.
        if !isDraining { signals.needsAttention(index) }
    }

    // MARK: From the topics

    /// Takes what is new on the topics in `pending`.
    private func transfer(_ pending: UInt64, publishing: Int) {
        var rest = pending
        while rest != 0 {
            let topic = rest.trailingZeroBitCount
            rest &= rest - 1
            guard !isBroken, let subscription = subscriptions[topic] else { continue }
            transfer(subscription, inPlace: topic == publishing)
        }
    }

    private func transfer(_ subscription: PeerSubscription, inPlace: Bool) {
        let ring = subscription.topic.ring
        // Messages that were overwritten before anybody could serve this peer are lost; the next one's sequence tells.
        let oldest = ring.oldest
        if subscription.cursor < oldest {
            count(dropped: oldest - subscription.cursor)
            subscription.cursor = oldest
        }
        while !isBroken, subscription.cursor <= ring.head {
            let sequence = subscription.cursor
            subscription.cursor += 1
            if inPlace {
                guard let (info, bytes) = ring.read(sequence) else { continue }
                deliver(subscription, sequence, info, bytes)
            } else if let scratch {
                guard let info = ring.copy(sequence, to: scratch) else {
                    count(dropped: 1)
                    continue
                }
                deliver(subscription, sequence, info, UnsafeRawBufferPointer(rebasing: scratch[..<info.length]))
            }
        }
    }

    private func deliver(
        _ subscription: PeerSubscription, _ sequence: UInt64, _ info: TopicRing.Info, _ bytes: UnsafeRawBufferPointer
    ) {
        if let lease = info.lease, let frames = subscription.topic.frames {
            guard frames.lend(lease, to: index) else { return count(dropped: 1) }
        }
        let entry = MessageQueue.Entry(sequence: sequence, publishTime: info.publishTime, lease: info.lease)
        if !isBlocked && subscription.queue.isEmpty && send(subscription, entry, bytes) { return }
        guard !isBroken else { return }
        enqueue(subscription, entry, bytes)
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
        count(dropped: 1)
    }

    private func count(dropped: UInt64) {
        droppedCount.wrappingAdd(dropped, ordering: .relaxed)
    }

    // MARK: To the socket

    /// False when the message was not sent: the socket is full (``isBlocked``) or dead (``isBroken``).
    private func send(
        _ subscription: PeerSubscription, _ entry: MessageQueue.Entry, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let isRetained = entry.sequence <= subscription.retainedUpTo
        let message = MessageHead(
            topic: UInt16(truncatingIfNeeded: subscription.topic.index),
            flags: isRetained ? Wire.MessageFlag.retained : 0, payloadLength: UInt32(truncatingIfNeeded: bytes.count),
            sequence: entry.sequence, droppedBefore: entry.sequence - subscription.lastSent - 1,
            publishTime: entry.publishTime, lease: entry.lease)
        message.store(to: head)
        if subscription.note(messageBytes: message.byteCount + bytes.count) { limitUnread() }
        if sightline_socket_unread(socket) > unreadLimit {
            block()
            return false
        }
        let sent = sightline_socket_send(socket, head, message.byteCount, bytes.baseAddress, bytes.count)
        switch sent {
        case 0...:
            subscription.lastSent = entry.sequence
            sentCount.wrappingAdd(1, ordering: .relaxed)
            return true
        case -Int(EAGAIN), -Int(ENOBUFS), -Int(ENOMEM):
            block()
        default:
            // EPIPE and ECONNRESET: the subscriber is gone. Anything else cannot be mended here either.
            if let lease = entry.lease { subscription.topic.frames?.release(lease, of: index) }
            fail()
        }
        return false
    }

    /// On the I/O thread: sends what waits, oldest first, at most `limit` messages. True when nothing waits any more.
    func drain(limit: Int) -> Bool {
        isDraining = true
        defer { isDraining = false }
        isBlocked = false
        while !control.isEmpty, !isBroken {
            switch send(control[0], nil) {
            case 0...: control.removeFirst()
            case -Int(EAGAIN):
                isBlocked = true
                return false
            default: fail()
            }
        }
        for _ in 0..<limit {
            guard !isBroken, let subscription = oldestWaiting() else { return true }
            guard send(subscription, subscription.queue.front, subscription.queue.frontBytes) else { return isBroken }
            _ = subscription.queue.removeFirst()
        }
        // Where more waits, what comes new has to queue up behind it; the socket has room, so the next turn follows at once.
        isBlocked = oldestWaiting() != nil
        return !isBlocked
    }

    private func oldestWaiting() -> PeerSubscription? {
        var oldest: PeerSubscription?
        for subscription in subscriptions {
            guard let subscription, !subscription.queue.isEmpty else { continue }
            if let candidate = oldest, candidate.queue.front.ticket <= subscription.queue.front.ticket { continue }
            oldest = subscription
        }
        return oldest
    }
}
