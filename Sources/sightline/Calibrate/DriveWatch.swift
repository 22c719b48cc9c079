import Calibration
import Messages
import Recording

/// Finds a camera's pitch and yaw from a recorded drive.
struct DriveWatch {
    let path: String

    /// - Throws: ``CommandFailure`` when the drive shows too little straight driving.
    func mounting(_ calibration: CameraCalibration, known: Mounting, isQuiet: Bool) throws -> Mounting {
        let reader = try openDrive(path)
        let model = try calibration.model.scaled(width: reader.info.width, height: reader.info.height)
        // What the file says so far only keeps out nonsense; the drive alone is to decide.
        var start = known
        start.deviations.pitchDegrees = 10
        start.deviations.yawDegrees = 10
        var options = OnlineOptions()
        options.pitchReach = 20
        options.yawReach = 12
        options.blockObservations = 3
        // A short drive makes shorter blocks, which differ more, and says so by its standard deviations.
        options.blockSeconds = min(3, max(0.5, (reader.info.duration ?? 60) / 8))
        var online = OnlineExtrinsics(mounting: start, options: options)
        var observer = MotionObserver(model: model)
        var verdicts: [OnlineExtrinsics.Verdict: Int] = [:]
        var frame = DecodedFrame()
        let progress = ProgressLine()
        defer { progress.clear() }
        while try reader.next(into: &frame) {
            let seconds = Double(frame.timestamp) / 1e9
            guard let motion = frame.withView({ observer.observe($0, seconds: seconds) }) ?? nil else { continue }
            verdicts[online.observe(motion, seconds: seconds), default: 0] += 1
            if !isQuiet { progress.show("\(fixedDecimal(seconds, digits: 0)) s: \(Self.text(online))") }
        }
        guard online.stage == .calibrated else {
            let seen = verdicts.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            throw CommandFailure.workFailed(
                "\(path): too little straight driving to tell pitch and yaw (\(online.blocks.count) of "
                    + "\(options.blocksNeeded) blocks of \(fixedDecimal(options.blockSeconds, digits: 1)) s; observations: \(seen.isEmpty ? "none" : seen))"
            )
        }
        return online.mounting
    }

    private static func text(_ online: OnlineExtrinsics) -> String {
        guard let pitch = online.seenPitch, let yaw = online.seenYaw else { return "watching" }
        return "pitch \(fixedDecimal(pitch.degrees, digits: 2)), yaw \(fixedDecimal(yaw.degrees, digits: 2)) degrees, "
            + "\(online.blocks.count) blocks"
    }
}
