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
    /// Messages that the topic holds for its queues to be filled from; rounded up to a power of two. So many may be published
    /// while the system keeps the publisher's I/O thread from running in the middle of serving a subscriber; more are lost
    /// for that subscriber, and counted.
    public var slotCount: Int

    public init(
        isRetained: Bool = false, history: Int = 0, messageByteLimit: Int = Self.largestMessage, slotCount: Int = 32
    ) {
        self.isRetained = isRetained
        self.history = history
        self.messageByteLimit = messageByteLimit
        self.slotCount = slotCount
    }

    /// 64 KiB less the head.
    public static let largestMessage = 65_536 - Wire.messageHeaderBytes - Wire.leaseBytes

    func check() throws(BusError) {
        guard 1...Self.largestMessage ~= messageByteLimit else {
            throw .invalidOption(
                "messageByteLimit", detail: "\(messageByteLimit) is not between 1 and \(Self.largestMessage)")
        }
        guard 4...4096 ~= slotCount else {
            throw .invalidOption("slotCount", detail: "\(slotCount) is not between 4 and 4096")
        }
        guard 0...slotCount / 2 ~= history else {
            throw .invalidOption("history", detail: "\(history) is not between 0 and half of the slot count")
        }
    }
}
