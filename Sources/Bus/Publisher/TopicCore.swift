import Synchronization

/// What publisher, publishing threads and I/O thread share about one topic.
final class TopicCore: Sendable {
    let index: Int
    let name: String
    let typeName: String
    let options: TopicOptions
    let ring: TopicRing
    let frames: FrameRing?
    /// A bit per peer that subscribes. Sequentially consistent together with ``TopicRing/head``.
    let subscribers = Atomic<UInt64>(0)
    /// Excludes a second publishing thread.
    let isPublishing = Atomic<Bool>(false)

    init(
        index: Int, name: String, typeName: String, options: TopicOptions, frames: FrameRing?
    ) throws(BusError) {
        self.index = index
        self.name = name
        self.typeName = typeName
        self.options = options
        self.frames = frames
        ring = try TopicRing(options)
    }

    func addSubscriber(_ peer: Int) {
        subscribers.bitwiseOr(1 << UInt64(peer), ordering: .sequentiallyConsistent)
    }

    func removeSubscriber(_ peer: Int) {
        subscribers.bitwiseAnd(~(1 << UInt64(peer)), ordering: .sequentiallyConsistent)
    }

    /// The topic as the handshake describes it.
    func description(for subscription: PeerSubscription?) -> TopicDescription {
        var flags: UInt8 = options.isRetained ? Wire.TopicFlag.retained : 0
        if subscription != nil { flags |= Wire.TopicFlag.subscribed }
        if frames != nil { flags |= Wire.TopicFlag.frames }
        return TopicDescription(
            index: UInt16(index), flags: flags, published: ring.head, baseline: subscription?.lastSent ?? ring.head,
            name: name, typeName: typeName)
    }
}
