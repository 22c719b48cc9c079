import Platform
import Recording
import Synchronization

/// Decodes a drive on a thread of its own, as far ahead as its queue is deep.
///
/// It works when nothing more urgent does: below the loop, which must not wait while a later frame is decoded.
final class DriveDecoder: @unchecked Sendable {
    // Sendable without checking is sound: after `start`, the reader and all plain properties are used by the decoder's thread
    // only; what other threads see goes through the queue and the mutexes.

    private struct Seek {
        var generation: UInt32 = 0
        /// Where to go on, until that was done.
        var seconds: Double?
    }

    let queue: DecodedQueue
    private let reader: any DriveReader
    private let options: ReplayOptions
    private let seek = Mutex(Seek())
    private let outcome = Mutex<(condition: DriveCondition, error: RecordingError?)>((.init(), nil))
    private var thread: RealTimeThread?

    private var generation: UInt32 = 0
    private var beginsAnew = false
    private var hasDelivered = false
    private var isAtEnd = false
    /// Drive time at which the wanted part ends.
    private var end: Int64?

    init(_ reader: any DriveReader, options: ReplayOptions) {
        self.reader = reader
        self.options = options
        queue = DecodedQueue(frameBytes: reader.info.width * reader.info.height * 3)
    }

    /// What reading has met; complete once the decoder has stopped.
    var condition: DriveCondition { outcome.withLock { $0.condition } }

    func start(_ scheduling: RealTimeThread.Scheduling) throws(PlatformError) {
        thread = try RealTimeThread(name: "sightline-drive", scheduling: scheduling) { [self] _ in run() }
    }

    func stop() throws(RecordingError) {
        queue.finish()
        thread?.join()
        thread = nil
        if let error = outcome.withLock({ $0.error }) { throw error }
    }

    /// Asks for the frames from another place on; those before them in the queue are of an older generation.
    ///
    /// - Returns: the generation of the frames asked for.
    func requestSeek(to seconds: Double) -> UInt32 {
        let generation = seek.withLock { seek in
            seek.generation += 1
            seek.seconds = seconds
            return seek.generation
        }
        queue.wake()
        return generation
    }

    private var wantsSeek: Bool { seek.withLock { $0.seconds != nil } }

    private func run() {
        var failure: RecordingError?
        do throws(RecordingError) {
            if options.start > 0 { try reader.seek(seconds: options.start) }
            while !queue.hasFinished { try work() }
        } catch {
            failure = error
        }
        let condition = reader.condition
        outcome.withLock { $0 = (condition, failure) }
        guard failure != nil else { return }
        queue.wait { queue.hasRoom }
        queue.fill { entry in
            (entry.isEnd, entry.isFinal) = (true, true)
            return true
        }
    }

    /// One frame, one seek, or a wait.
    private func work() throws(RecordingError) {
        if try obeySeek() { return }
        if isAtEnd {
            // Somebody may still go back from the end.
            queue.wait { wantsSeek }
            return
        }
        queue.wait { queue.hasRoom || wantsSeek }
        guard queue.hasRoom, !wantsSeek, !queue.hasFinished else { return }
        try queue.fill { (entry) throws(RecordingError) -> Bool in
            entry.isEnd = try !reader.next(into: &entry.decoded) || !isWanted(entry.decoded.timestamp)
            if entry.isEnd, options.loops, hasDelivered {
                try reader.seek(seconds: options.start)
                beginsAnew = true
                return false
            }
            (entry.generation, entry.beginsAnew) = (generation, beginsAnew)
            (beginsAnew, hasDelivered, isAtEnd) = (false, true, entry.isEnd)
            return true
        }
    }

    private func obeySeek() throws(RecordingError) -> Bool {
        let request = seek.withLock { seek in
            defer { seek.seconds = nil }
            return seek
        }
        guard let seconds = request.seconds else { return false }
        try reader.seek(seconds: seconds)
        generation = request.generation
        (beginsAnew, isAtEnd) = (false, false)
        return true
    }

    /// Whether a frame lies in the part of the drive that is wanted, which begins with the first one.
    private func isWanted(_ timestamp: Int64) -> Bool {
        if end == nil { end = options.duration.map { timestamp + Int64($0 * 1e9) } }
        return end.map { timestamp < $0 } ?? true
    }
}
