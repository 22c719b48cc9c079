import Calibration
import Imaging
import Perception
import Platform

extension PerceptionPipeline {
    /// Makes ready what follows the networks: tracks, and with a calibrated camera metres.
    func prepareScene(_ configuration: Configuration) throws(RuntimeError) {
        var calibration: CameraCalibration?
        if let path = configuration.calibration {
            do throws(CalibrationError) {
                calibration = try CameraCalibration(contentsOf: path)
            } catch {
                throw .calibration(error)
            }
        }
        scene = try SceneAnalysis(
            classNames: detection?.classNames, maskWidth: road?.scene.width,
            confidence: configuration.detection?.confidence ?? 0, calibration: calibration,
            start: OnlineStart(configuration, mounting: calibration?.mounting))
    }

    /// What the user should know before the run begins, one line each.
    public var notes: [String] { scene?.notes ?? [] }

    /// Follows and locates what the networks found on a frame. Where a network did not run on it, tracks move on, and the
    /// road stays as it was seen last.
    ///
    /// - Parameter time: the frame's capture, nanoseconds on the source's own axis.
    func analyse(_ view: ImageView, time: Int64, progress: LoopProgress) throws(RuntimeError) {
        guard let scene else { return }
        let found = detectionOutcome?.isNew == true ? detection : nil
        let seen = roadOutcome?.hasResult == true ? road : nil
        if let tracking = scene.tracking {
            progress.enter(.track, now: .now)
            tracking.update(view, found, time: time)
            finish(.track)
        }
        progress.enter(.locate, now: .now)
        try scene.locate(view, found, seen, isRoadNew: roadOutcome?.isNew == true, time: time)
        finish(.locate)
    }

    /// Detections of the last frame that are sure enough to be reported; the others only help tracks along.
    var reportedDetections: Int {
        guard let detection else { return 0 }
        let confidence = scene?.confidence ?? 0
        return detection.detections.withDetections { found in
            found.reduce(0) { $1.score >= confidence ? $0 + 1 : $0 }
        }
    }
}
