import CLinux
import Glibc
import Platform

/// The I/O thread of a publisher: accepts subscribers, reads what they say, sends what had to wait, buries the dead.
///
/// It may wait; publishing threads never wait for it. All bounded: connections, bytes per packet, packets per turn, time for
/// the handshake, memory for queues.
final class PublisherLoop: @unchecked Sendable {
    // Sendable without checking is sound: created by the publisher, then handed to the one thread that calls `run`.

    /// A busy subscriber gets no more than this per turn.
    private static let packetsPerTurn = 16
    private static let acceptsPerTurn = 8
    private static let sendsPerTurn = 64
    /// How soon to come back for a peer that a publishing thread owns, in milliseconds.
    private static let retryMilliseconds: Int64 = 1

    let core: PublisherCore
    let options: BusPublisherOptions
    private let users: Set<UInt32>
    private let endpoint: PublisherEndpoint
    var connections: [Connection]
    var packet: UnsafeMutableRawBufferPointer
    private var polled: [pollfd] = []
    private var mustRetry = false
    /// Set while the process has no descriptor left for another connection.
    private var acceptPause: Int64 = 0

    init(core: PublisherCore, endpoint: consuming PublisherEndpoint, options: BusPublisherOptions) throws(BusError) {
        self.core = core
        self.options = options
        self.endpoint = endpoint
        users = options.users
        connections = Array(repeating: Connection(), count: core.peers.count)
        packet = .allocate(byteCount: Wire.subscriberPacketLimit, alignment: 16)
    }

    deinit {
        packet.deallocate()
    }

    // MARK: Turns

    func run() {
        while !core.signals.isClosed { turn() }
        let farewell = Farewell(.goodbye, .closing, "publisher \(core.name) closes")
        for index in connections.indices where !connections[index].isFree {
            dismiss(index, farewell)
            // A publishing thread that is in the middle of this peer lets go within one send.
            while !connections[index].isFree {
                buryIfPossible(index)
                if !connections[index].isFree { usleep(100) }
            }
        }
    }

    private func turn() {
        waitForSomething()
        core.signals.wake.clear()
        mustRetry = false
        noteAttention()
        for index in connections.indices where !connections[index].isFree {
            serve(index, events: polled[index + 2].revents)
        }
        if polled[1].revents != 0 { acceptSome() }
    }

    private func waitForSomething() {
        let now = MonotonicTime.now.nanoseconds
        var wake: Int64 = mustRetry ? now + Self.retryMilliseconds * 1_000_000 : .max
        polled.removeAll(keepingCapacity: true)
        polled.append(pollfd(fd: core.signals.wake.number, events: Int16(POLLIN), revents: 0))
        let isPaused = acceptPause > now
        if isPaused { wake = min(wake, acceptPause) }
        polled.append(pollfd(fd: isPaused ? -1 : endpoint.listener.number, events: Int16(POLLIN), revents: 0))
        for connection in connections {
            var events: Int32 = 0
            if !connection.isFree && !connection.isDying { events = POLLIN | (connection.wantsRoom ? POLLOUT : 0) }
            if case .greeting(let deadline) = connection.phase { wake = min(wake, deadline) }
            polled.append(pollfd(fd: events == 0 ? -1 : connection.socket, events: Int16(events), revents: 0))
        }
        let milliseconds = wake == .max ? -1 : max(0, (wake - now + 999_999) / 1_000_000)
        _ = poll(&polled, nfds_t(polled.count), Int32(clamping: milliseconds))
    }

    private func noteAttention() {
        var rest = core.signals.takeAttention()
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            if connections[index].isActive { connections[index].needsLook = true }
        }
    }

    private func serve(_ index: Int, events: Int16) {
        let events = Int32(events)
        if events & (POLLERR | POLLNVAL) != 0 { hangUp(index) }
        if events & (POLLIN | POLLHUP) != 0 { readSome(index) }
        if case .greeting(let deadline) = connections[index].phase, deadline <= MonotonicTime.now.nanoseconds {
            core.count { $0.refused += 1 }
            dismiss(index, Farewell(.refuse, .handshakeTimeout, "no greeting in time"))
        }
        if connections[index].isActive {
            if connections[index].needsLook { look(index) }
            announceNewTopics(index)
            if events & POLLOUT != 0 { sendWaiting(index) }
        }
        buryIfPossible(index)
    }

    // MARK: Accepting

    private func acceptSome() {
        for _ in 0..<Self.acceptsPerTurn {
            var credentials = sightline_peer()
            let socket = sightline_socket_accept(endpoint.listener.number, &credentials)
            if socket < 0 {
                // Without a descriptor or memory the connection stays in the listener's queue: come back later.
                if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(-socket) {
                    acceptPause = MonotonicTime.now.nanoseconds + 100_000_000
                }
                return
            }
            admit(socket, credentials)
        }
    }

    private func admit(_ socket: Int32, _ credentials: sightline_peer) {
        guard users.contains(credentials.user) else {
            return turnAway(socket, .notAllowed, "user \(credentials.user) may not subscribe")
        }
        let ofProcess = connections.count { !$0.isFree && $0.credentials.process == credentials.process }
        guard ofProcess < options.connectionLimitPerProcess else {
            return turnAway(socket, .tooManyConnections, "\(ofProcess) connections of process \(credentials.process)")
        }
        guard let index = freeIndex() else {
            return turnAway(socket, .tooManyConnections, "\(connections.count) subscribers are connected")
        }
        core.count { $0.accepted += 1 }
        connections[index] = Connection()
        connections[index].socket = socket
        connections[index].credentials = credentials
        connections[index].number = core.counters.accepted
        connections[index].phase = .greeting(deadline: MonotonicTime.now.nanoseconds + options.handshakeDeadline)
    }

    /// A free place; else that of the connection which has been silent longest before its greeting, so that a flood of
    /// silent connections keeps nobody out.
    private func freeIndex() -> Int? {
        if let free = connections.firstIndex(where: \.isFree) { return free }
        var oldest: (index: Int, deadline: Int64)?
        for (index, connection) in connections.enumerated() {
            guard case .greeting(let deadline) = connection.phase else { continue }
            if oldest == nil || deadline < oldest?.deadline ?? 0 { oldest = (index, deadline) }
        }
        guard let index = oldest?.index else { return nil }
        core.count { $0.refused += 1 }
        dismiss(index, Farewell(.refuse, .tooManyConnections, "others wait for this place"))
        buryIfPossible(index)
        return connections[index].isFree ? index : nil
    }

    private func turnAway(_ socket: Int32, _ code: Farewell.Code, _ reason: String) {
        core.count { $0.refused += 1 }
        Farewell(.refuse, code, reason).send(to: socket)
        close(socket)
    }

    // MARK: Reading

    private func readSome(_ index: Int) {
        for _ in 0..<Self.packetsPerTurn {
            guard !connections[index].isDying, !connections[index].isFree else { return }
            let count = sightline_socket_receive(connections[index].socket, packet.baseAddress, packet.count, nil)
            switch count {
            case -Int(EAGAIN): return
            case -Int(EMSGSIZE): violation(index, "a packet is too large or carries file descriptors")
            case ...0: hangUp(index)
            default: understand(index, UnsafeRawBufferPointer(rebasing: packet[..<count]))
            }
        }
    }

    // MARK: Sending

    /// A publishing thread found the peer's socket full or dead.
    private func look(_ index: Int) {
        let peer = core.peers[index]
        guard peer.tryAcquire() else {
            mustRetry = true
            return
        }
        connections[index].needsLook = false
        connections[index].wantsRoom = peer.isQueueing
        if peer.isBroken { connections[index].phase = .dying }
        peer.release()
    }

    /// Sends what waits for a peer, as far as there is room.
    func sendWaiting(_ index: Int) {
        let peer = core.peers[index]
        switch peer.drain(limit: Self.sendsPerTurn) {
        case .done: connections[index].wantsRoom = false
        case .full, .more: connections[index].wantsRoom = true
        case .busy:
            // Polling for room would return at once, again and again.
            connections[index].wantsRoom = false
            connections[index].needsLook = true
            mustRetry = true
        }
    }

    // MARK: Ending

    func violation(_ index: Int, _ detail: String) {
        core.count { $0.violations += 1 }
        let kind: Wire.Kind = connections[index].isActive ? .goodbye : .refuse
        dismiss(index, Farewell(kind, .malformed, detail))
    }

    func hangUp(_ index: Int) {
        dismiss(index, nil)
    }

    /// Ends a connection; the reason is told where possible.
    func dismiss(_ index: Int, _ farewell: Farewell?) {
        if let farewell, connections[index].socket >= 0 { farewell.send(to: connections[index].socket) }
        connections[index].phase = .dying
    }

    private func buryIfPossible(_ index: Int) {
        guard connections[index].isDying else { return }
        let peer = core.peers[index]
        guard peer.tryAcquire() else {
            mustRetry = true
            return
        }
        // A connection that never became active is the loop's own to close.
        if peer.socket < 0 { close(connections[index].socket) }
        peer.bury()
        connections[index] = Connection()
        core.setIdentity(nil, of: index)
        core.count { $0.ended += 1 }
        peer.release()
    }
}
