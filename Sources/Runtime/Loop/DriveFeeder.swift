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
    private let control: ReplayControl
    private let shouldStop = Atomic<Bool>(false)
    private let outcome = Mutex<(condition: DriveCondition, error: RecordingError?)>((.init(), nil))
    private var thread: RealTimeThread?

    private var frameNumber: UInt64 = 0
    private var firstRecorded: Int64?
    private var timeOffset: Int64 = 0
    private var lastRecorded: Int64 = 0
    private var lateness: LatenessMonitor?
    /// Drive time at which the wanted part ends.
    private var end: Int64?
    private var pacer: ReplayPacer
    /// Whether the next frame falls due at once, whatever its time: the first one, and those behind a pause or a jump.
    private var isAnchoring = true

    init(_ reader: any DriveReader, options: ReplayOptions, control: ReplayControl) {
        self.reader = reader
        self.options = options
        self.control = control
        pacer = ReplayPacer(speed: control.speed, now: .now)
    }

    var isVirtual: Bool { options.pace == .lockstep }
    let worksAhead = true

    var framePeriod: Int64 {
        if case .recorded(let speed) = options.pace { return Int64(Double(recordedPeriod) / speed) }
        return recordedPeriod
    }

    /// From frame to frame on the drive's own clock.
    private var recordedPeriod: Int64 { Int64(1e9 / max(reader.info.rate, 1)) }

    /// A drive loses nothing on its way to the slot.
    var lostFrames: Int { 0 }

    /// What reading has met; complete once the feeder has stopped.
    var condition: DriveCondition { outcome.withLock { $0.condition } }

    func start(health: HealthBoard, scheduling: RealTimeThread.Scheduling) throws(RuntimeError) {
        lateness = LatenessMonitor(board: health, stage: "drive", now: .now)
        do throws(PlatformError) {
            thread = try RealTimeThread(name: "sightline-drive", scheduling: scheduling) { [self] _ in run() }
        } catch {
            throw .platform(error)
        }
    }

    func requestStop() {
        shouldStop.store(true, ordering: .releasing)
        slot.finish()
        control.wake()
    }

    func stop() throws(RuntimeError) {
        requestStop()
        thread?.join()
        thread = nil
        if let error = outcome.withLock({ $0.error }) { throw .recording(error) }
    }

    private var isStopping: Bool { shouldStop.load(ordering: .acquiring) }

    private func run() {
        var failure: RecordingError?
        do throws(RecordingError) {
            if options.start > 0 { try reader.seek(seconds: options.start) }
            repeat {
                try feedOnce()
                guard options.loops, frameNumber > 0, !isStopping else { break }
                try reader.seek(seconds: options.start)
                timeOffset = lastRecorded + recordedPeriod
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
            var position: Int64 = 0
            let isFrame = try slot.fill { (next) throws(RecordingError) -> Bool in
                guard try reader.next(into: &next.decoded) else { return false }
                position = next.decoded.timestamp
                let first = firstRecorded ?? position
                firstRecorded = first
                next.captureTime = position - first + timeOffset
                next.number = frameNumber
                if end == nil { end = options.duration.map { first + Int64($0 * 1e9) } }
                return end.map { position < $0 } ?? true
            }
            guard isFrame else { return }
            if let target = try release(from: position) {
                try jump(to: target)
            } else {
                frameNumber += 1
            }
        }
    }

    /// Goes on from another place of the drive. Time goes on as if the frames there followed the last one.
    private func jump(to seconds: Double) throws(RecordingError) {
        let last = max(0, (reader.info.duration ?? 0) - 1 / max(reader.info.rate, 1))
        try reader.seek(seconds: min(max(seconds, 0), last))
        timeOffset = lastRecorded + framePeriod
        firstRecorded = nil
        isAnchoring = true
    }

    /// Hands the filled frame over at its pace; a drive time to go on from instead, when somebody wants to be elsewhere.
    private func release(from position: Int64) throws(RecordingError) -> Double? {
        let recorded = slot.fill { $0.captureTime }
        if options.pace == .maximum || options.pace == .lockstep { slot.waitUntilTaken() }
        guard let due = waitUntilDue(recorded) else {
            return control.takeSeek().map { Double(position) * 1e-9 + $0 }
        }
        slot.fill {
            $0.capture = due
            $0.arrival = .now
            if case .recorded = options.pace { lateness?.add($0.arrival - due, now: $0.arrival) }
        }
        lastRecorded = recorded
        guard !isStopping else { return nil }
        control.note(position: position)
        slot.publish()
        return nil
    }

    /// Waits for a frame's time, through pauses and changes of speed.
    ///
    /// - Returns: when the frame fell due; nil when somebody wants to be elsewhere in the drive.
    private func waitUntilDue(_ recorded: Int64) -> MonotonicTime? {
        while !isStopping {
            let revision = control.revision
            if control.wantsSeek { return nil }
            if control.isPaused {
                isAnchoring = true
                if control.takeStep() { return .now }
                control.wait(while: revision, timeoutNanoseconds: Self.slice)
                continue
            }
            guard case .recorded = options.pace else { return .now }
            let now = MonotonicTime.now
            if isAnchoring { pacer.rebase(recorded, now: now) }
            isAnchoring = false
            pacer.set(speed: control.speed, now: now)
            let due = pacer.due(recorded)
            if now >= due { return due }
            control.wait(while: revision, timeoutNanoseconds: min(due - now, Self.slice))
        }
        return .now
    }

    /// Sleeps are cut into pieces of this length, so that a stop is noticed.
    private static let slice: Int64 = 50_000_000
}
