/// One topic as one subscriber receives it.
///
/// Guarded by its peer's token, which is why the compiler's own checks for overlapping access are off.
final class PeerSubscription {
    let topic: TopicCore
    /// The topic's.
    let ring: TopicRing
    /// The topic's, as messages carry it.
    let topicIndex: UInt16
    let policy: QueuePolicy
    @exclusivity(unchecked) var queue: MessageQueue
    /// Sequence of the next message to take from the topic.
    @exclusivity(unchecked) var cursor: UInt64
    /// Sequence of the last message that was sent: the next one tells how many are missing.
    @exclusivity(unchecked) var lastSent: UInt64
    /// Room in the kernel for this topic's messages, by the largest one so far.
    @exclusivity(unchecked) private(set) var kernelBytes: Int
    @exclusivity(unchecked) private var largestMessage = 256
    /// Messages up to this one are from before the subscription.
    let retainedUpTo: UInt64

    init(topic: TopicCore, request: TopicRequest) throws(BusError) {
        self.topic = topic
        ring = topic.ring
        topicIndex = UInt16(truncatingIfNeeded: topic.index)
        policy = request.queue
        queue = try MessageQueue(
            depth: request.queue.depth, byteCount: Self.payloadBytes(request, topic))
        let head = topic.ring.head
        let kept = max(topic.options.isRetained ? 1 : 0, min(request.history, topic.options.history))
        cursor = head - min(UInt64(kept), head) + 1
        lastSent = cursor - 1
        retainedUpTo = head
        kernelBytes = Self.kernelBytes(policy, largestMessage)
    }

    /// Takes a message's size into account; true when ``kernelBytes`` grew.
    func note(messageBytes: Int) -> Bool {
        guard messageBytes > largestMessage else { return false }
        while largestMessage < messageBytes { largestMessage *= 2 }
        kernelBytes = Self.kernelBytes(policy, largestMessage)
        return true
    }

    private static func kernelBytes(_ policy: QueuePolicy, _ messageBytes: Int) -> Int {
        policy.kernelAllowance * kernelBytes(packet: messageBytes)
    }

    /// What a packet takes in the kernel at most: it is rounded up to a power of two, some hundred bytes are added.
    static func kernelBytes(packet byteCount: Int) -> Int { 2 * byteCount + 1024 }

    /// Memory for the messages of a request's queue: every message at its largest, up to 4 MiB.
    private static func payloadBytes(_ request: TopicRequest, _ topic: TopicCore) -> Int {
        let largest = topic.options.messageByteLimit
        return max(min(request.queue.depth * largest, 4 << 20), largest)
    }

    /// What the queue of a request costs: its messages and the list of them.
    static func queueBytes(_ request: TopicRequest, _ topic: TopicCore) -> Int {
        payloadBytes(request, topic) + MessageQueue.listBytes(depth: request.queue.depth)
    }
}
