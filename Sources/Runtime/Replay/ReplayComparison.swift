import Messages
import Recording
import Synchronization

/// Compares what a replay publishes with what was recorded, frame by frame.
///
/// Messages of the same topic and capture time are compared; what has to do with when they were published, and how long it
/// took, is left out. The recording is read along: memory does not grow with it.
public final class ReplayComparison: Sendable {
    /// How many messages of a topic agree.
    public struct Topic: Hashable, Sendable {
        public var name = ""
        public var equal = 0
        public var different = 0
        /// Recorded, but not published now; the other way round.
        public var onlyRecorded = 0
        public var onlyNow = 0
    }

    public struct Report: Sendable {
        /// By name.
        public var topics: [Topic] = []
        /// The first differences, in words.
        public var differences: [String] = []

        public var agrees: Bool { topics.allSatisfy { $0.different + $0.onlyRecorded + $0.onlyNow == 0 } }
    }

    private let state: Mutex<ComparisonState>

    /// Opens the recording.
    ///
    /// - Parameter startTime: what time 0 of the replay is, nanoseconds since 1970; nil for a drive that does not know, which
    ///   then is taken for the one that was recorded, from the same place on.
    public init(recording path: String, startTime: Int64?) throws(RuntimeError) {
        do throws(RecordingError) {
            state = Mutex(try ComparisonState(MCAPReader(path: path), startTime: startTime))
        } catch {
            throw .recording(error)
        }
    }

    /// Takes in a message that was published. For runs on a virtual clock: it reads files and allocates.
    func add(topic: String, _ bytes: UnsafeRawBufferPointer) {
        guard PublishedDigest.isResult(topic) else { return }
        let bytes = [UInt8](bytes)
        state.withLock { $0.add(topic: topic, bytes) }
    }

    /// What came out.
    ///
    /// - Parameter wholeDrive: whether what the recording has beyond the replay's end counts as missing.
    public func finish(wholeDrive: Bool) -> Report { state.withLock { $0.finish(wholeDrive: wholeDrive) } }
}
