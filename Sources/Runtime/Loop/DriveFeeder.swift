import Platform
import Recording
import Synchronization

/// Puts a drive's frames, at their pace, into a slot that the loop takes them from.
///
/// A ``DriveDecoder`` decodes ahead; here frames wait until they fall due.
final class DriveFeeder: FrameSource, @unchecked Sendable {
    // Sendable without checking is sound: after `start`, all plain properties are used by the feeder's thread only; what other
    // threads see goes through the slot, the decoder and the atomic.
    let slot = LatestSlot { CapturedFrame() }
    private let info: DriveInfo
    private let decoder: DriveDecoder
    private let options: ReplayOptions
    private let control: ReplayControl
    private let shouldStop = Atomic<Bool>(false)
    private var thread: RealTimeThread?

    private var frameNumber: UInt64 = 0
    private var firstRecorded: Int64?
    private var timeOffset: Int64 = 0
    private var lastRecorded: Int64 = 0
    private var lateness: LatenessMonitor?
    /// The newest seek's generation: frames of older ones are left out.
    private var generation: UInt32 = 0
    private var pacer: ReplayPacer
    /// Whether the next frame falls due at once, whatever its time: the first one, and those behind a pause or a jump.
    private var isAnchoring = true

    init(_ reader: any DriveReader, options: ReplayOptions, control: ReplayControl) {
        info = reader.info
        decoder = DriveDecoder(reader, options: options)
        self.options = options
        self.control = control
        pacer = ReplayPacer(speed: control.speed, now: .now)
    }

    var isVirtual: Bool { options.pace == .lockstep }

    var framePeriod: Int64 {
        if case .recorded(let speed) = options.pace { return Int64(Double(recordedPeriod) / speed) }
        return recordedPeriod
    }

    /// From frame to frame on the drive's own clock.
    private var recordedPeriod: Int64 { Int64(1e9 / max(info.rate, 1)) }

    /// A drive loses nothing on its way to the slot.
    var lostFrames: Int { 0 }

    /// What reading has met; complete once the feeder has stopped.
    var condition: DriveCondition { decoder.condition }

    func start(health: HealthBoard, grant: RealTimeGrant) throws(RuntimeError) {
        lateness = LatenessMonitor(board: health, stage: "drive", now: .now)
        do throws(PlatformError) {
            try decoder.start(grant.ahead)
            thread = try RealTimeThread(name: "sightline-pace", scheduling: grant.source) { [self] _ in run() }
        } catch {
            throw .platform(error)
        }
    }

    func requestStop() {
        shouldStop.store(true, ordering: .releasing)
        slot.finish()
        decoder.queue.finish()
        control.wake()
    }

    func stop() throws(RuntimeError) {
        requestStop()
        thread?.join()
        thread = nil
        do throws(RecordingError) {
            try decoder.stop()
        } catch {
            throw .recording(error)
        }
    }

    private var isStopping: Bool { shouldStop.load(ordering: .acquiring) }

    private func run() {
        while !isStopping, let position = takeNext() {
            if let target = release(from: position) {
                jump(to: target)
            } else {
                frameNumber += 1
            }
        }
        slot.waitUntilTaken()
        slot.finish()
    }

    private enum Taken {
        /// The frame's time in the drive.
        case frame(Int64)
        /// A frame from before a jump.
        case outdated
        case end
    }

    /// Puts the next frame of the drive into the slot's free element.
    ///
    /// - Returns: its time in the drive; nil at the end.
    private func takeNext() -> Int64? {
        while true {
            switch decoder.queue.take({ take(&$0) }) {
            case .frame(let position): return position
            case .outdated: continue
            case .end, nil: return nil
            }
        }
    }

    private func take(_ entry: inout DecodedQueue.Entry) -> Taken {
        if entry.isFinal { return .end }
        guard entry.generation == generation else { return .outdated }
        guard !entry.isEnd else { return .end }
        let position = entry.decoded.timestamp
        if entry.beginsAnew { (timeOffset, firstRecorded) = (lastRecorded + recordedPeriod, nil) }
        let first = firstRecorded ?? position
        firstRecorded = first
        slot.fill { frame in
            swap(&frame.decoded, &entry.decoded)
            frame.captureTime = position - first + timeOffset
            frame.number = frameNumber
        }
        return .frame(position)
    }

    /// Goes on from another place of the drive. Time goes on as if the frames there followed the last one.
    private func jump(to seconds: Double) {
        let last = max(0, (info.duration ?? 0) - 1 / max(info.rate, 1))
        generation = decoder.requestSeek(to: min(max(seconds, 0), last))
        timeOffset = lastRecorded + framePeriod
        firstRecorded = nil
        isAnchoring = true
    }

    /// Hands the filled frame over at its pace; a drive time to go on from instead, when somebody wants to be elsewhere.
    private func release(from position: Int64) -> Double? {
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
