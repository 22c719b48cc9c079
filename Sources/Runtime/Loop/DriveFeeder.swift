import Platform
import Recording
import Synchronization

/// Reads a drive on a thread of its own and puts its frames, at their pace, into a slot that the loop takes them from.
///
/// The next frame is decoded while the loop works on the one before, and waits decoded until it falls due.
final class DriveFeeder: FrameSource, @unchecked Sendable {
    // Sendable without checking is sound: after `start`, the reader and all plain properties are used by the feeder's thread
    // only; what other threads see goes through the slot, the atomics and the mutex.
    let slot = LatestSlot { CapturedFrame() }
    private let reader: any DriveReader
    private let options: ReplayOptions
    private let shouldStop = Atomic<Bool>(false)
    private let outcome = Mutex<(condition: DriveCondition, error: RecordingError?)>((.init(), nil))
    private var thread: RealTimeThread?

    private var frameNumber: UInt64 = 0
    private var firstRecorded: Int64?
    private var timeOffset: Int64 = 0
    private var lastRecorded: Int64 = 0
    private var begin = MonotonicTime(nanoseconds: 0)

    init(_ reader: any DriveReader, options: ReplayOptions) {
        self.reader = reader
        self.options = options
    }

    var isVirtual: Bool { options.pace == .lockstep }

    var framePeriod: Int64 { Int64(1e9 / max(reader.info.rate, 1)) }

    /// A drive loses nothing on its way to the slot.
    var lostFrames: Int { 0 }

    /// What reading has met; complete once the feeder has stopped.
    var condition: DriveCondition { outcome.withLock { $0.condition } }

    func start(health: HealthBoard, scheduling: RealTimeThread.Scheduling) throws(RuntimeError) {
        do throws(PlatformError) {
            thread = try RealTimeThread(name: "sightline-drive", scheduling: scheduling) { [self] _ in run() }
        } catch {
            throw .platform(error)
        }
    }

    func stop() throws(RuntimeError) {
        shouldStop.store(true, ordering: .releasing)
        slot.finish()
        thread?.join()
        thread = nil
        if let error = outcome.withLock({ $0.error }) { throw .recording(error) }
    }

    private var isStopping: Bool { shouldStop.load(ordering: .acquiring) }

    private func run() {
        var failure: RecordingError?
        do throws(RecordingError) {
            if options.start > 0 { try reader.seek(seconds: options.start) }
            begin = .now
            repeat {
                try feedOnce()
                guard options.loops, frameNumber > 0, !isStopping else { break }
                try reader.seek(seconds: options.start)
                timeOffset = lastRecorded + framePeriod
                firstRecorded = nil
            } while true
        } catch {
            failure = error
        }
        let condition = reader.condition
        outcome.withLock { $0 = (condition, failure) }
        slot.waitUntilTaken()
        slot.finish()
    }

    /// Feeds the drive once, to its end or to the end of the wanted duration.
    private func feedOnce() throws(RecordingError) {
        while !isStopping {
            let isFrame = try slot.fill { (next) throws(RecordingError) -> Bool in
                guard try reader.next(into: &next.decoded) else { return false }
                let first = firstRecorded ?? next.decoded.timestamp
                firstRecorded = first
                next.captureTime = next.decoded.timestamp - first + timeOffset
                next.number = frameNumber
                return options.duration.map { Double(next.decoded.timestamp - first) < $0 * 1e9 } ?? true
            }
            guard isFrame else { return }
            frameNumber += 1
            release()
        }
    }

    /// Hands the filled frame over at its pace.
    private func release() {
        switch options.pace {
        case .recorded(let speed):
            let recorded = slot.fill { $0.captureTime }
            let due = begin + Int64(Double(recorded) / speed)
            sleep(until: due)
            slot.fill {
                $0.capture = due
                $0.arrival = .now
            }
            lastRecorded = recorded
        case .maximum, .lockstep:
            slot.waitUntilTaken()
            slot.fill {
                $0.capture = .now
                $0.arrival = $0.capture
                lastRecorded = $0.captureTime
            }
        }
        guard !isStopping else { return }
        slot.publish()
    }

    /// Sleeps in slices, so that a stop is noticed within 50 ms.
    private func sleep(until due: MonotonicTime) {
        while !isStopping {
            let now = MonotonicTime.now
            if now >= due { return }
            min(due, now + 50_000_000).sleepUntil()
        }
    }
}
