/// One topic as one subscriber receives it. Guarded by its peer's token.
final class PeerSubscription {
    let topic: TopicCore
    let policy: QueuePolicy
    var queue: MessageQueue
    /// Sequence of the next message to take from the topic.
    var cursor: UInt64
    /// Sequence of the last message that was sent: the next one tells how many are missing.
    var lastSent: UInt64
    /// Messages up to this one are from before the subscription.
    let retainedUpTo: UInt64

    /// - Parameter bytes: what the queue's memory costs.
    init(topic: TopicCore, request: TopicRequest, queueBytes: Int) throws(BusError) {
        self.topic = topic
        policy = request.queue
        queue = try MessageQueue(depth: request.queue.depth, byteCount: queueBytes)
        let head = topic.ring.head
        let kept = max(topic.options.isRetained ? 1 : 0, min(request.history, topic.options.history))
        cursor = head - min(UInt64(kept), head) + 1
        lastSent = cursor - 1
        retainedUpTo = head
    }

    /// Memory for the queue of a request: every message at its largest, up to 4 MiB.
    static func queueBytes(_ request: TopicRequest, _ topic: TopicCore) -> Int {
        let largest = topic.options.messageByteLimit
        return max(min(request.queue.depth * largest, 4 << 20), largest)
    }
}
