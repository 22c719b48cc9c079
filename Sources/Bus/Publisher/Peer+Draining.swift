import CLinux
import Glibc
import Synchronization

/// The I/O thread's way of sending: while ``Peer/isQueueing``, nobody else does.
extension Peer {
    /// How far draining came.
    enum DrainResult {
        /// Nothing waits; publishing threads send again.
        case done
        /// The socket is full.
        case full
        /// The limit was reached; there may be more.
        case more
        /// A publishing thread owns the peer at this moment, or the system lacks memory.
        case busy
    }

    /// Keeps a packet of the handshake until the next ``drain(limit:)``; it goes before any message that waits.
    func sendControl(_ bytes: [UInt8], frames: FrameRing? = nil) {
        guard outgoing.control.count < 64 else {
            acquire()
            fail(Farewell(.goodbye, .queueOverflow, "never reads"))
            return release()
        }
        outgoing.control.append(.init(bytes: bytes, frames: frames))
    }

    /// Sends what waits, oldest first, at most `limit` packets.
    func drain(limit: Int) -> DrainResult {
        for _ in 0..<limit {
            if let control = outgoing.control.first {
                if let obstacle = obstacle(send(control)) { return obstacle }
                if !outgoing.control.isEmpty { outgoing.control.removeFirst() }
                continue
            }
            if !outgoing.hasMessage {
                if sightline_socket_unread(socket) > unreadLimit { return .full }
                guard tryAcquire(times: 64) else { return .busy }
                let isDone = !takeOldest()
                release()
                if isDone { return .done }
            }
            let sent = outgoing.message.withUnsafeBytes {
                sightline_socket_send(socket, $0.baseAddress, $0.count, nil, 0)
            }
            if let obstacle = obstacle(sent) { return obstacle }
            outgoing.finishMessage()
            sentCount.wrappingAdd(1, ordering: .relaxed)
        }
        return .more
    }

    /// A publishing thread usually lets go within microseconds.
    private func tryAcquire(times: Int) -> Bool {
        for _ in 0..<times where tryAcquire() { return true }
        return false
    }

    /// With the token: takes the message that waits longest in hand. False when there is none, or nobody to send it to.
    private func takeOldest() -> Bool {
        guard !isBroken else { return false }
        guard let subscription = oldestWaiting() else {
            endQueueing()
            return false
        }
        let entry = subscription.queue.front
        let bytes = subscription.queue.frontBytes
        outgoing.take(packetHead(subscription, entry, byteCount: bytes.count), bytes)
        subscription.lastSent = entry.sequence
        _ = subscription.queue.removeFirst()
        return true
    }

    private func send(_ control: OutgoingPackets.Control) -> Int {
        control.bytes.withUnsafeBytes { bytes in
            if let frames = control.frames {
                return sightline_socket_send_descriptor(
                    socket, bytes.baseAddress, bytes.count, frames.descriptor.number)
            }
            let sent = sightline_socket_send(socket, bytes.baseAddress, bytes.count, nil, 0)
            guard sent == -Int(EMSGSIZE) else { return sent }
            // The schemas are larger than what usually may wait.
            acquire()
            makeRoom(for: bytes.count)
            release()
            return sightline_socket_send(socket, bytes.baseAddress, bytes.count, nil, 0)
        }
    }

    /// Nil when the packet is on its way, or will never be: then the connection is dead.
    private func obstacle(_ sent: Int) -> DrainResult? {
        switch sent {
        case 0...: return nil
        case -Int(EAGAIN): return .full
        case -Int(ENOBUFS), -Int(ENOMEM), -Int(ETOOMANYREFS): return .busy
        default:
            acquire()
            fail()
            release()
            return nil
        }
    }
}
