import Glibc
import Platform

/// Decides what happens when a camera misbehaves. Knows nothing of devices: it is told what was seen and says what to do.
package struct CameraSupervisor: Sendable, Equatable {
    package enum State: Sendable, Hashable {
        case streaming
        /// The device is to be opened at that moment.
        case closed(retryAt: MonotonicTime)
    }

    /// What becomes of a frame.
    package enum Verdict: Sendable, Hashable {
        case deliver
        case discard
        /// Discard it, close the device and open it again.
        case reopen
    }

    /// What is known of a frame when it was taken from the driver.
    package struct FrameSign: Sendable {
        var sequence: UInt32
        var hasErrorFlag: Bool
        /// Equal for equal pictures.
        var picture: UInt64
        var hasUsableStamp: Bool

        package init(sequence: UInt32, hasErrorFlag: Bool, picture: UInt64, hasUsableStamp: Bool = true) {
            self.sequence = sequence
            self.hasErrorFlag = hasErrorFlag
            self.picture = picture
            self.hasUsableStamp = hasUsableStamp
        }
    }

    package private(set) var state: State
    package private(set) var ledger = FaultLedger()
    /// Frames that the driver's numbers say were lost.
    package private(set) var lostFrames: UInt64 = 0

    private var freeze = FreezeDetector()
    private var frameInterval: Int64 = 33_333_333
    private var lastSequence: UInt32?
    private var lastGood: MonotonicTime?
    private var lastArrival: MonotonicTime
    private var hasArrived = false
    private var attempts = 0
    private var bufferErrorsInARow = 0
    private var freezeRestarts = 0
    private var nextFreezeRestart: MonotonicTime?

    /// How long the first frame of a stream may take; cameras need up to a second to start.
    package static let firstFrameTime: Int64 = 3_000_000_000
    /// Buffer errors in a row from which the stream is started anew.
    package static let bufferErrorLimit = 3

    package init(now: MonotonicTime) {
        state = .closed(retryAt: now)
        lastArrival = now
    }

    /// Delay before the next attempt to open: at once, then doubling to a quarter of a second, so that a camera that comes
    /// back streams within a second.
    package static func delay(attempt: Int) -> Int64 {
        attempt == 0 ? 0 : min(20_000_000 << Int64(min(attempt - 1, 8)), 250_000_000)
    }

    // MARK: - Opening

    package mutating func opened(at now: MonotonicTime, frameInterval: Int64) {
        state = .streaming
        self.frameInterval = frameInterval
        lastSequence = nil
        hasArrived = false
        lastArrival = now
        bufferErrorsInARow = 0
        freeze.restart()
    }

    /// The device could not be opened or started.
    package mutating func openFailed(_ error: CameraError, at now: MonotonicTime) {
        // The first words name the cause; that the device is still away when it is tried again is no news.
        raiseOutage(error.faultKind, at: now, renewsDetail: false, detail: "\(error)")
        scheduleRetry(at: now)
    }

    /// The format is another one than before.
    package mutating func formatChanged(from old: String, to new: String, at now: MonotonicTime) {
        raiseOutage(.formatChanged, at: now, detail: "format changed from \(old) to \(new)")
    }

    // MARK: - Frames

    /// Judges a frame, before it is decoded.
    package mutating func judge(_ frame: FrameSign, at now: MonotonicTime) -> Verdict {
        hasArrived = true
        lastArrival = now
        countLost(frame.sequence, at: now)
        guard !frame.hasErrorFlag else {
            ledger.raise(.errorFlag, at: now, detail: "the driver marked a frame as damaged")
            return .discard
        }
        if !frame.hasUsableStamp {
            ledger.raise(.badTimestamp, at: now, detail: "driver's timestamps follow no clock; using arrival times")
        }
        guard let same = freeze.observe(sequence: frame.sequence, picture: frame.picture, at: now), same.isFrozen else {
            return .deliver
        }
        return frozen(same.since, bySequence: same.bySequence, at: now)
    }

    private mutating func frozen(_ since: MonotonicTime, bySequence: Bool, at now: MonotonicTime) -> Verdict {
        let what = bySequence ? "sequence number" : "picture"
        ledger.raise(.frozen, at: now, since: since, detail: "the same \(what) again and again")
        // Starting anew mends many cameras; a covered or dark one is not mended, so less and less often.
        let due = nextFreezeRestart ?? now
        guard now >= due else { return .discard }
        nextFreezeRestart = now + (1_000_000_000 << Int64(min(freezeRestarts, 5)))
        freezeRestarts += 1
        close(at: now)
        return .reopen
    }

    /// A frame that was to be delivered could not be decoded.
    package mutating func damaged(_ detail: String, at now: MonotonicTime) {
        ledger.raise(.damagedPicture, at: now, detail: detail)
    }

    /// A frame was delivered: whatever kept the camera from it is over.
    package mutating func delivered(at now: MonotonicTime) {
        lastGood = now
        attempts = 0
        bufferErrorsInARow = 0
        freezeRestarts = 0
        nextFreezeRestart = nil
        ledger.endOutages(at: now)
    }

    private mutating func countLost(_ sequence: UInt32, at now: MonotonicTime) {
        defer { lastSequence = sequence }
        guard let lastSequence else { return }
        let step = sequence &- lastSequence
        // A step backwards is a counter that started anew, not four thousand million lost frames.
        guard step > 1, step < 1 << 20 else { return }
        let lost = Int(step - 1)
        lostFrames += UInt64(lost)
        ledger.raise(.lostFrames, at: now, count: lost, detail: "gaps in the driver's frame numbers")
    }

    // MARK: - Trouble

    /// When silence becomes a fault.
    package var silenceDeadline: MonotonicTime {
        lastArrival + (hasArrived ? min(max(10 * frameInterval, 500_000_000), 5_000_000_000) : Self.firstFrameTime)
    }

    /// No frame came until ``silenceDeadline``: the device is opened again.
    package mutating func silent(at now: MonotonicTime) {
        let milliseconds = (now - lastArrival) / 1_000_000
        raiseOutage(.silent, at: now, detail: "no frame for \(milliseconds) ms")
        close(at: now)
    }

    /// The source announced another format.
    package mutating func sourceChanged(at now: MonotonicTime) {
        raiseOutage(.formatChanged, at: now, detail: "the source changed its format")
        close(at: now)
    }

    /// A request on a running stream failed; whether the device must be opened again.
    ///
    /// - Parameters:
    ///   - hasPollError: whether poll reported POLLERR or POLLHUP: then the stream is dead, whatever the code.
    package mutating func failed(_ call: String, code: Int32, hasPollError: Bool, at now: MonotonicTime) -> Bool {
        if code == ENODEV || code == ENXIO {
            raiseOutage(.unplugged, at: now, detail: "the device is gone (\(call): \(SystemCall.message(for: code)))")
        } else if hasPollError {
            raiseOutage(
                .streamError, at: now, detail: "the driver ended the stream (POLLERR; \(call): \(Self.words(code)))")
        } else {
            bufferErrorsInARow += 1
            ledger.raise(.bufferError, at: now, detail: "\(call): \(Self.words(code))")
            if bufferErrorsInARow < Self.bufferErrorLimit { return false }
            raiseOutage(
                .streamError, at: now, detail: "\(bufferErrorsInARow) errors in a row (\(call): \(Self.words(code)))")
        }
        close(at: now)
        return true
    }

    /// To be called now and then: ends what has not happened for a while.
    package mutating func settle(at now: MonotonicTime) {
        ledger.settle(at: now)
    }

    package mutating func takeEndedFaults() -> [CameraFault] { ledger.takeEnded() }

    private static func words(_ code: Int32) -> String { code == 0 ? "no data" : SystemCall.message(for: code) }

    private mutating func raiseOutage(
        _ kind: CameraFault.Kind, at now: MonotonicTime, renewsDetail: Bool = true, detail: String
    ) {
        ledger.raise(
            kind, at: now, since: ledger.hasOutage ? now : lastGood ?? now, renewsDetail: renewsDetail, detail: detail)
    }

    private mutating func close(at now: MonotonicTime) {
        attempts = 0
        scheduleRetry(at: now)
    }

    private mutating func scheduleRetry(at now: MonotonicTime) {
        state = .closed(retryAt: now + Self.delay(attempt: attempts))
        attempts += 1
    }
}

extension CameraError {
    /// What it is called when it happens to a camera that has worked before.
    package var faultKind: CameraFault.Kind {
        switch self {
        case .noSuchDevice, .notACaptureDevice, .notAVideoDevice: .unplugged
        case .call(_, _, let code) where code == ENODEV || code == ENXIO: .unplugged
        case .noAccess: .noAccess
        case .busy: .busy
        case .noUsableFormat: .formatChanged
        case .call, .control, .imaging, .noFrame: .streamError
        }
    }
}
