import Calibration
import Imaging
import Perception

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
            confidence: configuration.detection?.confidence ?? 0, calibration: calibration)
    }

    /// Follows and locates what the networks found on a frame.
    ///
    /// - Parameter time: the frame's capture, nanoseconds on the source's own axis.
    func analyse(_ view: ImageView, time: Int64) throws(RuntimeError) {
        guard let scene else { return }
        if let tracking = scene.tracking {
            tracking.update(view, detection, time: time)
            finish(.track)
        }
        try scene.locate(view, detection, road, isRoadNew: true, time: time)
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
