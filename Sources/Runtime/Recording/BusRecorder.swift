import Imaging
import Platform
import Recording
import SightlineBus
import Synchronization

/// Records topics of the bus on a thread of its own.
///
/// It is a subscriber like any other, in this process or another one: the loop that publishes never waits for it. What it
/// does not keep up with is dropped from its queue, counted, and told in the recording.
public final class BusRecorder: @unchecked Sendable {
    // Sendable without checking is sound: subscriber and recorder are used by the recorder's thread only, which is joined
    // before `finish` touches them; all else is atomic or under the mutex.
    private let subscriber: BusSubscriber
    private let recorder: MessageRecorder
    private let shared = Mutex(RecordingCondition())
    private let isStopping = Atomic<Bool>(false)
    /// Sequence of the last message of each topic that was recorded.
    private let recorded = Mutex<[String: UInt64]>([:])
    private let progress = FutexWord()
    private let topics: [String]
    private let health: RecordingHealth
    private var thread: RealTimeThread?

    /// Messages of a topic that may wait while the disk is slow.
    private static let queueDepth = 1024
    /// After a stop, how long the bus must be silent for its queue to be empty, and how long to wait for that at most.
    private static let silence = Duration.milliseconds(100)
    private static let patience: Int64 = 5_000_000_000

    /// Creates the file and subscribes.
    ///
    /// - Parameters:
    ///   - topics: none for all.
    ///   - publishers: only these; empty for all there are and will be. With several, a publisher's name stands before its
    ///     topics.
    ///   - epoch: what time 0 of the messages is, nanoseconds since 1970; nil for messages of live sources, and for others to
    ///     count the first one as published now.
    ///   - health: where trouble with the disk is raised.
    public convenience init(
        path: String, topics: [String] = [], publishers: [String] = [], options: RecordingOptions = .init(),
        context: RecordingContext = .init(), epoch: Int64? = nil, health: [HealthBoard] = []
    ) throws(RuntimeError) {
        try self.init(
            path: path, topics: topics, publishers: publishers, options: options, context: context, epoch: epoch,
            health: health, disk: .system)
    }

    package init(
        path: String, topics: [String] = [], publishers: [String], options: RecordingOptions,
        context: RecordingContext = .init(), epoch: Int64? = nil, health: [HealthBoard] = [], disk: RecordingDisk
    ) throws(RuntimeError) {
        self.topics = topics
        self.health = RecordingHealth(health, path: path)
        let requests = (topics.isEmpty ? ["*"] : topics).map {
            TopicRequest($0, queue: .dropOldest(Self.queueDepth))
        }
        do throws(BusError) {
            subscriber = try BusSubscriber(
                requests, options: BusSubscriberOptions(publishers: publishers, name: "recorder"))
        } catch {
            throw .bus(error)
        }
        let writer: RecordingWriter
        do throws(RecordingError) {
            writer = try RecordingWriter(path: path, options: options, context: context, disk: disk)
        } catch {
            throw .recording(error)
        }
        do throws(ImagingError) {
            recorder = try MessageRecorder(
                writer, jpegQuality: options.jpegQuality, epoch: epoch, namesPublishers: publishers.count > 1)
        } catch {
            throw .imaging(error)
        }
    }

    public func start() throws(RuntimeError) {
        do throws(PlatformError) {
            thread = try RealTimeThread(name: "recorder") { [self] _ in run() }
        } catch {
            throw .platform(error)
        }
    }

    /// How the recording stands.
    public var condition: RecordingCondition { shared.withLock { $0 } }

    /// Waits until everything that was published has been recorded: for runs that take every frame. At most a second, in case
    /// a message was lost.
    public func wait(for tap: PublishedTap) {
        let deadline = MonotonicTime.now + 1_000_000_000
        let published = tap.sequences.filter { topic, _ in topics.isEmpty || topics.contains(topic) }
        while MonotonicTime.now < deadline {
            let seen = progress.value
            let isComplete = recorded.withLock { recorded in
                published.allSatisfy { recorded[$0.key] ?? 0 >= $0.value }
            }
            if isComplete { return }
            progress.wait(while: seen, timeoutNanoseconds: 20_000_000)
        }
    }

    /// Records what is still on its way, completes the file and ends the thread. The publisher must still be there.
    public func finish() -> RecordingCondition {
        isStopping.store(true, ordering: .releasing)
        thread?.join()
        thread = nil
        return condition
    }

    /// What happens next on the bus; nil after a silence.
    private func nextEvent() -> BusEvent? {
        do throws(BusError) {
            return try subscriber.next(timeout: Self.silence)
        } catch {
            // The runtime directory cannot be watched: it may come back.
            (MonotonicTime.now + 100_000_000).sleepUntil()
            return nil
        }
    }

    private func run() {
        var deadline: Int64?
        while true {
            let isEnding = isStopping.load(ordering: .acquiring)
            let now = MonotonicTime.now.nanoseconds
            if isEnding, deadline == nil { deadline = now + Self.patience }
            let event = nextEvent()
            if case .message(let message)? = event {
                recorder.record(message)
                recorded.withLock { $0[message.topic] = message.sequence }
                progress.advance()
            }
            recorder.writer.tick(now: MonotonicTime.now.nanoseconds)
            let condition = recorder.writer.condition
            shared.withLock { $0 = condition }
            health.note(condition)
            if let deadline, event == nil || now > deadline { break }
        }
        recorder.writer.close()
        let condition = recorder.writer.condition
        shared.withLock { $0 = condition }
    }
}
