import Glibc

/// Sees a message as it is published; its bytes are valid during the call.
public typealias BusObserver =
    @Sendable (_ topic: String, _ sequence: UInt64, _ message: UnsafeRawBufferPointer) -> Void

/// How a publisher treats its subscribers.
public struct BusPublisherOptions: Sendable {
    /// The runtime directory; nil for $SIGHTLINE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/sightline, else /tmp/sightline-UID.
    public var directory: String?
    /// Users who may subscribe (SO_PEERCRED); nil for this process's user and root. Users beyond those two also need a runtime
    /// directory that they can enter.
    public var allowedUsers: Set<UInt32>?
    /// Subscribers at one time, 1 to 62.
    public var connectionLimit = 32
    /// Connections of one process at one time.
    public var connectionLimitPerProcess = 8
    /// How long a new connection may take to say what it wants, in nanoseconds.
    public var handshakeDeadline: Int64 = 1_000_000_000
    /// Bytes of queues that one subscriber may ask for, all its topics together. Memory is taken up only as queues fill.
    public var queueByteLimit = 64 << 20
    /// What a subscriber that wants the schemas receives; empty for none. A serialised FileDescriptorSet.
    public var schemas: [UInt8]
    /// Is shown every message of every topic on the thread that publishes it, before it is sent: for runs that digest, compare
    /// or record all that they publish. It delays that thread by what it takes.
    public var observer: BusObserver?

    public init(directory: String? = nil) {
        self.directory = directory
        schemas = BusPublisherOptions.sightlineSchemas
    }

    var users: Set<UInt32> { allowedUsers ?? [geteuid(), 0] }

    func check() throws(BusError) {
        guard 1...62 ~= connectionLimit else {
            throw .invalidOption("connectionLimit", detail: "\(connectionLimit) is not between 1 and 62")
        }
        guard connectionLimitPerProcess >= 1 else {
            throw .invalidOption("connectionLimitPerProcess", detail: "at least 1 is needed")
        }
        guard handshakeDeadline > 0 else { throw .invalidOption("handshakeDeadline", detail: "is not positive") }
        guard schemas.count + 16 <= Wire.publisherPacketLimit else {
            throw .invalidOption("schemas", detail: "\(schemas.count) bytes do not fit into one packet")
        }
    }
}
