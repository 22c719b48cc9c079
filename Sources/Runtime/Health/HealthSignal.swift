import Messages
import Platform
import Synchronization

/// One thing that can be wrong, which one part of the runtime raises and clears. Allocates nothing and waits for nobody, so
/// the frame path may use it.
///
/// Made at set-up by ``HealthBoard/signal(_:stage:unit:describe:)``; one thread at a time raises and clears.
public final class HealthSignal: Sendable {
    public typealias Kind = Sightline_HealthCause.Kind

    /// How an episode reads to a person.
    public typealias Describe = @Sendable (_ amount: Double, _ count: UInt64) -> String

    public let kind: Kind
    /// Where: the stage, network, camera, subscriber or file.
    public let stage: String
    /// Unit of the amount: "ms", "frames", "messages", "percent", "bytes" ...
    public let unit: String

    private let describe: Describe
    /// What a slow part said instead of ``describe``.
    private let words = Mutex<String?>(nil)
    private let changes: FutexWord
    /// When the present episode began; 0 while nothing is wrong.
    private let since = Atomic<Int64>(0)
    private let amountBits = Atomic<UInt64>(0)
    private let occurrences = Atomic<UInt64>(0)
    // The last episode that ended; `episodes` is written last.
    private let endedSince = Atomic<Int64>(0)
    private let endedLasted = Atomic<Int64>(0)
    private let episodes = Atomic<UInt64>(0)

    package init(_ kind: Kind, stage: String, unit: String, changes: FutexWord, describe: @escaping Describe) {
        self.kind = kind
        self.stage = stage
        self.unit = unit
        self.changes = changes
        self.describe = describe
    }

    public var isRaised: Bool { since.load(ordering: .relaxed) != 0 }

    /// Says that it is so, or still so, and by how much. Counts.
    ///
    /// - Parameter beginning: since when, where that is known better than "now"; for the first call of an episode.
    public func raise(amount: Double = 0, since beginning: MonotonicTime = .now) {
        amountBits.store(amount.bitPattern, ordering: .relaxed)
        occurrences.wrappingAdd(1, ordering: .relaxed)
        guard since.load(ordering: .relaxed) == 0 else { return }
        since.store(max(beginning.nanoseconds, 1), ordering: .releasing)
        changes.advance()
    }

    /// As ``raise(amount:since:)``, worded by the caller. Takes a lock and allocates: not for the frame path.
    public func raise(amount: Double, since beginning: MonotonicTime = .now, detail: String) {
        words.withLock { $0 = detail }
        raise(amount: amount, since: beginning)
    }

    /// Says that it is over; nothing happens when it was not so.
    public func clear(now: MonotonicTime = .now) {
        let beginning = since.load(ordering: .relaxed)
        guard beginning != 0 else { return }
        endedSince.store(beginning, ordering: .relaxed)
        endedLasted.store(max(now.nanoseconds - beginning, 0), ordering: .relaxed)
        since.store(0, ordering: .releasing)
        episodes.wrappingAdd(1, ordering: .releasing)
        changes.advance()
    }

    // MARK: - Reading

    /// How many episodes have ended.
    package var endedEpisodes: UInt64 { episodes.load(ordering: .acquiring) }

    /// The present episode, or nil.
    package var current: Sightline_HealthCause? {
        let beginning = since.load(ordering: .acquiring)
        return beginning == 0 ? nil : cause(since: beginning, lasted: 0)
    }

    /// The episode that ended last. Its count ends with this call: the next episode counts from 0.
    package func takeEnded() -> Sightline_HealthCause {
        let cause = cause(
            since: endedSince.load(ordering: .relaxed), lasted: endedLasted.load(ordering: .relaxed))
        if !isRaised { occurrences.store(0, ordering: .relaxed) }
        return cause
    }

    private func cause(since: Int64, lasted: Int64) -> Sightline_HealthCause {
        let amount = Double(bitPattern: amountBits.load(ordering: .relaxed))
        let count = occurrences.load(ordering: .relaxed)
        return .with {
            $0.kind = kind
            $0.stage = stage
            $0.sinceNs = since
            $0.amount = amount
            $0.unit = unit
            $0.count = count
            $0.detail = words.withLock { $0 } ?? describe(amount, count)
            $0.lastedNs = lasted
        }
    }
}
