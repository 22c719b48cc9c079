import Calibration
import Foundation
import Perception

/// Runs the tracker over files of detections and prints its tracks with their places, so that another program can score them.
///
///     tracking-benchmark SCENE.jsonl [--no-shift] [--pitch-error DEGREES] [--yaw-error DEGREES]
///         [--masks MASKS [--online STATE]]
///     tracking-benchmark --road
///
/// One line of JSON per frame comes in (see `simulate.py`) and goes out: `tracks` holds `[id, x1, y1, x2, y2, score,
/// distance, its deviation, forward, its deviation, left, its deviation, forward velocity, its deviation]` with -1 for what
/// is not known; `pitch_deg` the estimate and its deviation. The last line holds the time that a frame took. With `--masks`,
/// lanes tell the pitch, too (see ``MaskFile``); with `--online` pitch and yaw are learnt from them, going on from the state
/// file if there is one, and standard error says what was learnt.
@main
struct TrackingBenchmark {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments == ["--road"] { return try RoadBenchmark.run() }
        guard let path = arguments.first, !path.hasPrefix("--") else {
            FileHandle.standardError.write(
                Data("usage: tracking-benchmark SCENE.jsonl [--no-shift] [--pitch-error DEGREES]\n".utf8))
            exit(2)
        }
        func value(_ name: String) -> String? {
            arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
        }
        let frames = try Frame.read(path)
        var benchmark = try TrackingBenchmark(
            frames[0], pitchError: value("--pitch-error").flatMap(Double.init) ?? 0,
            yawError: value("--yaw-error").flatMap(Double.init) ?? 0, usesShift: !arguments.contains("--no-shift"))
        if let masks = value("--masks") {
            try benchmark.tracking.beginLanes(MaskFile(masks), state: value("--online"))
        }
        for frame in frames { print(try benchmark.line(frame)) }
        print(benchmark.timeLine)
        try benchmark.tracking.endLanes(state: value("--online"))
    }

    private var tracking: Tracking
    private let usesShift: Bool
    private var trackingTimes: [Double] = []
    private var locatingTimes: [Double] = []

    /// What does not copy, in one place.
    private final class Tracking {
        var tracker: Tracker
        var locator: GroundLocator?
        var detections = DetectionList(capacity: 512)
        private var lanes = LaneEstimator()
        private var masks: MaskFile?
        private var observer: MountingObserver?

        init(_ plane: GroundPlane?) throws {
            tracker = try Tracker(classNames: Frame.classNames)
            if let plane { locator = try GroundLocator(plane: plane, classNames: Frame.classNames) }
        }

        func beginLanes(_ masks: MaskFile, state: String?) throws {
            self.masks = masks
            guard let plane = locator?.plane, let state else { return }
            let known =
                FileManager.default.fileExists(atPath: state)
                ? try OnlineExtrinsics(restoring: state, mounting: plane.mounting)
                : OnlineExtrinsics(mounting: plane.mounting)
            locator?.remount(known.mounting)
            observer = MountingObserver(model: plane.model, online: known)
        }

        /// What follows the road network, as the runtime does it.
        func readLanes(_ frame: Frame, _ shift: CameraShift) throws {
            guard let masks, try masks.next(), let plane = locator?.currentPlane else { return }
            lanes.update(masks.scene, plane: plane, time: frame.time)
            if let error = lanes.pitchError(cameraHeight: plane.mounting.heightMetres) {
                locator?.observePitch(
                    degrees: plane.mounting.pitchDegrees + error.degrees, deviation: error.deviation)
            }
            observer?.move(shift, time: frame.time)
            let known = observer?.online.revision
            observer?.observe(masks.scene, time: frame.time)
            if let online = observer?.online, online.revision != known { locator?.remount(online.mounting) }
        }

        func endLanes(state: String?) throws {
            guard let state, let online = observer?.online else { return }
            try online.save(to: state)
            let mounting = online.mounting
            FileHandle.standardError.write(
                Data(
                    ("pitch \(mounting.pitchDegrees) +- \(mounting.deviations.pitchDegrees), yaw \(mounting.yawDegrees) +- "
                        + "\(mounting.deviations.yawDegrees) after \(online.blocks.count) blocks\n").utf8))
        }
    }

    init(_ first: Frame, pitchError: Double, yawError: Double, usesShift: Bool) throws {
        // A true calibration is known to a tenth of a degree, a wrong one to what it is wrong by.
        let deviations = MountingDeviations(
            heightMetres: 0.02, pitchDegrees: max(0.1, abs(pitchError)), yawDegrees: 0.1, rollDegrees: 0.1)
        tracking = try Tracking(
            first.plane(pitchError: pitchError, yawError: yawError, deviations: deviations))
        self.usesShift = usesShift
    }

    mutating func line(_ frame: Frame) throws -> String {
        let tracking = tracking
        tracking.detections.removeAll()
        for detection in frame.detections { tracking.detections.append(detection) }
        let shift = usesShift ? frame.shift : .zero
        let clock = ContinuousClock()
        let begin = clock.now
        tracking.tracker.update(
            tracking.detections, time: frame.time, frameWidth: frame.width, frameHeight: frame.height,
            cameraShift: shift)
        let middle = clock.now
        tracking.locator?.update(
            tracking.tracker, detections: tracking.detections, time: frame.time, frameWidth: frame.width,
            frameHeight: frame.height, cameraShift: shift)
        let end = clock.now
        try tracking.readLanes(frame, shift)
        trackingTimes.append(Self.microseconds(middle - begin))
        locatingTimes.append(Self.microseconds(end - middle))
        return Self.describe(tracking)
    }

    private static func microseconds(_ duration: Duration) -> Double {
        Double(duration.components.attoseconds) / 1e12
    }

    private static func describe(_ tracking: Tracking) -> String {
        var entries: [String] = []
        for index in 0..<tracking.tracker.count where tracking.tracker.isShown(tracking.tracker[index]) {
            let track = tracking.tracker[index]
            let box = track.box
            var values = [box.x1, box.y1, box.x2, box.y2, track.score]
            if let place = tracking.locator?.location(ofTrack: track.id) ?? nil {
                values += [
                    place.distance, place.distanceDeviation, place.forward, place.forwardDeviation, place.left,
                    place.leftDeviation, place.velocityForward, place.velocityForwardDeviation,
                ]
            } else {
                values += Array(repeating: -1, count: 8)
            }
            entries.append("[\(track.id)," + values.map { "\($0)" }.joined(separator: ",") + "]")
        }
        let pitch = (tracking.locator?.pitchDegrees).map { "[\($0.value),\($0.deviation)]" } ?? "null"
        return "{\"tracks\": [" + entries.joined(separator: ",") + "], \"pitch_deg\": \(pitch)}"
    }

    private var timeLine: String {
        func summary(_ name: String, _ times: [Double]) -> String {
            let sorted = times.sorted()
            return "\"\(name)_us\": [\(sorted[sorted.count / 2]), \(sorted[sorted.count * 99 / 100])]"
        }
        return "{" + summary("track", trackingTimes) + ", " + summary("locate", locatingTimes) + "}"
    }
}
