import Synchronization

/// Sees everything that a run publishes, on the thread that publishes it, for runs that are to be compared or recorded without
/// a loss.
public final class PublishedTap: Sendable {
    /// Of all results; nil when it is not wanted.
    public let digest: PublishedDigest?
    private let comparison = Mutex<ReplayComparison?>(nil)
    /// Sequence of the newest message of each topic.
    private let newest = Mutex<[String: UInt64]>([:])

    public init(digests: Bool) {
        digest = digests ? PublishedDigest() : nil
    }

    /// Compares what is published from now on.
    public func compare(with comparison: ReplayComparison) {
        self.comparison.withLock { $0 = comparison }
    }

    func observe(topic: String, sequence: UInt64, _ message: UnsafeRawBufferPointer) {
        newest.withLock { $0[topic] = sequence }
        digest?.add(topic: topic, message)
        comparison.withLock { $0 }?.add(topic: topic, message)
    }

    /// Sequences of the newest messages by topic.
    var sequences: [String: UInt64] { newest.withLock { $0 } }
}
