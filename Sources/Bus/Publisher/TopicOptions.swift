/// How a publisher keeps a topic.
public struct TopicOptions: Sendable, Equatable {
    /// A late joiner receives the last value at once.
    public var isRetained: Bool
    /// How many earlier values a subscriber may ask for. At most half of ``slotCount``.
    public var history: Int
    /// The largest payload in bytes, at most 64 KiB less the head: larger packets cost more than shared memory.
    public var messageByteLimit: Int
    /// Users who may subscribe to this topic and see that it exists; nil for all whom the publisher admits.
    public var allowedUsers: Set<UInt32>?
    /// Messages that the topic holds at most, for history and for subscribers whose queues cannot be reached at the moment;
    /// rounded up to a power of two. See ``TopicRing``.
    public var slotCount: Int

    public init(
        isRetained: Bool = false, history: Int = 0, messageByteLimit: Int = Self.largestMessage, slotCount: Int = 1024
    ) {
        self.isRetained = isRetained
        self.history = history
        self.messageByteLimit = messageByteLimit
        self.slotCount = slotCount
    }

    /// 64 KiB less the head.
    public static let largestMessage = 65_536 - Wire.messageHeaderBytes - Wire.leaseBytes

    /// Bytes of messages that the topic holds unless its options ask for less, or its history for more.
    private static let usualBytes = 1 << 20

    /// Memory of the topic's ring. Four of the largest messages leave the last one in peace while another is written.
    var ringBytes: Int {
        let largest = TopicRing.headroom + (messageByteLimit + 7) / 8 * 8
        return max(min(slotCount * largest, Self.usualBytes), (history + 4) * largest)
    }

    func check() throws(BusError) {
        guard 1...Self.largestMessage ~= messageByteLimit else {
            throw .invalidOption(
                "messageByteLimit", detail: "\(messageByteLimit) is not between 1 and \(Self.largestMessage)")
        }
        guard 4...65_536 ~= slotCount else {
            throw .invalidOption("slotCount", detail: "\(slotCount) is not between 4 and 65536")
        }
        guard 0...slotCount / 2 ~= history else {
            throw .invalidOption("history", detail: "\(history) is not between 0 and half of the slot count")
        }
    }
}
