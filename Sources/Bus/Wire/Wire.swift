/// The bus's wire protocol, version 1. All numbers are little-endian; one SEQPACKET packet is one message of the protocol.
///
///     subscriber                          publisher
///     HELLO  version, subscriptions  ──►
///                                    ◄──  ACCEPT  session, topics      or  REFUSE  code, reason
///                                    ◄──  RING    per frame topic, with the memory's descriptor attached
///                                    ◄──  MESSAGE ...                  retained values first
///     RELEASE  slot, generation      ──►                               after a leased frame was read
///     SCHEMA_REQUEST                 ──►
///                                    ◄──  SCHEMA  FileDescriptorSet
///                                    ◄──  TOPIC   when a topic comes later
///                                    ◄──  GOODBYE code, reason         before the publisher hangs up
///
/// A reader ignores bytes after the fields that it knows. The first byte of every packet is its ``Kind``.
enum Wire {
    static let version: UInt16 = 1

    /// "SLBS": tells a stranger who connects by mistake from a subscriber.
    static let magic: UInt32 = 0x5342_4C53

    enum Kind: UInt8 {
        case hello = 1
        case accept = 2
        case topic = 3
        case refuse = 4
        case ring = 5
        case message = 6
        case release = 7
        case schemaRequest = 8
        case schema = 9
        case goodbye = 10
    }

    /// Flags of a message.
    enum MessageFlag {
        /// The value is from before the subscription.
        static let retained: UInt8 = 1
        /// Sixteen bytes about a leased slot of shared memory stand between header and payload.
        static let leased: UInt8 = 2
    }

    /// Flags of a topic's description.
    enum TopicFlag {
        static let retained: UInt8 = 1
        static let subscribed: UInt8 = 2
        static let frames: UInt8 = 4
    }

    /// Bytes before a message's payload: kind, flags, topic (u16), payload length (u32), sequence (u64), dropped before (u64),
    /// publish time (i64).
    static let messageHeaderBytes = 32

    /// Slot (u32), zero (u32), generation (u64).
    static let leaseBytes = 16

    /// The largest packet that a subscriber may send.
    static let subscriberPacketLimit = 8192

    /// The largest packet that a subscriber makes room for, whatever the publisher announces.
    static let publisherPacketLimit = 1 << 20

    /// Subscriptions in one HELLO.
    static let subscriptionLimit = 64
}
