import CLinux

/// What the I/O thread alone knows about a peer.
struct Connection {
    enum Phase {
        case free
        /// Accepted; HELLO has not come.
        case greeting(deadline: Int64)
        case active
        /// To be buried as soon as no publishing thread owns the peer.
        case dying
    }

    var phase = Phase.free
    var socket: Int32 = -1
    var credentials = sightline_peer()
    /// Another one for every connection.
    var number: UInt64 = 0
    var hello: Hello?
    /// Topics that this peer has been told about.
    var knownTopics = 0
    /// A publishing thread asked the I/O thread to look at the peer.
    var needsLook = false
    /// Something waits in its queues: the socket is polled for room.
    var wantsRoom = false
    var queueBytes = 0
    var schemaRequests = 0
    var uselessReleases = 0

    var isFree: Bool { if case .free = phase { true } else { false } }
    var isDying: Bool { if case .dying = phase { true } else { false } }
    var isActive: Bool { if case .active = phase { true } else { false } }
}
