import Calibration
import Imaging
import Perception

/// What looks at more than one network or frame: identities over time, free space, and with a calibrated camera metres.
///
/// Allocates nothing once the first frame of a size has passed.
public final class SceneAnalysis {
    /// Nil without a detection network.
    public let tracking: ObjectTracking?
    /// Nil without a calibrated camera, and before the first frame.
    public private(set) var ground: RoadGround?
    /// Nil without a road network.
    public let freeRoad: FreeRoad?

    /// Score from which detections are reported; weaker ones only prolong tracks.
    public let confidence: Float

    /// What the user should know before the run begins, one line each.
    let notes: [String]

    private let calibration: CameraCalibration?
    private let classNames: ClassNames?
    private let start: OnlineStart
    /// Set by the loop for the time of a run.
    private var keeper: CalibrationKeeper?

    /// - Parameters:
    ///   - classNames: of the detection network; nil when there is none.
    ///   - maskWidth: of the road network; nil when there is none.
    ///   - confidence: score from which detections are reported.
    ///   - calibration: the camera's, with its mounting; nil for results without metres.
    ///   - start: what is known of the mounting from earlier runs.
    init(
        classNames: ClassNames?, maskWidth: Int?, confidence: Float, calibration: CameraCalibration?,
        start: OnlineStart = .fixed
    ) throws(RuntimeError) {
        if let calibration, calibration.mounting == nil { throw .notMounted(camera: calibration.name) }
        self.confidence = confidence
        self.classNames = classNames
        self.calibration = calibration
        self.start = start
        notes = start.note.map { [$0] } ?? []
        tracking = try classNames.map { (names) throws(RuntimeError) in
            try ObjectTracking(names, confidence: confidence)
        }
        freeRoad = maskWidth.map { FreeRoad(maskWidth: $0, classNames: classNames) }
    }

    /// Finds places, lanes and free space on a frame whose tracks are known.
    ///
    /// - Parameters:
    ///   - detection: nil where the network did not run on this frame.
    ///   - road: nil where there is no mask that holds for this frame.
    ///   - isRoadNew: whether the mask is this frame's.
    func locate(
        _ view: ImageView, _ detection: DetectionNetwork?, _ road: RoadNetwork?, isRoadNew: Bool, time: Int64
    ) throws(RuntimeError) {
        if let calibration, ground.map({ $0.frameSize == (view.capturedWidth, view.capturedHeight) }) != true {
            ground = try RoadGround(
                calibration, classNames: classNames, online: online, width: view.capturedWidth,
                height: view.capturedHeight)
        }
        if let ground, let tracking { ground.locate(tracking, detection, time: time) }
        guard let road else { return }
        if isRoadNew, let ground, ground.locate(road.scene, time: time), let online { keeper?.offer(online) }
        freeRoad?.update(road, tracking, ground)
    }

    // MARK: - The mounting while driving

    /// What has been learnt of the mounting; nil when the camera file's is used as it is.
    public var online: OnlineExtrinsics? { ground?.observer?.online ?? start.online }

    /// Starts to keep what is learnt of the mounting, for the time of a run.
    func beginKeeping(_ health: HealthBoard) throws(RuntimeError) {
        keeper = try online.map { (online) throws(RuntimeError) in
            try CalibrationKeeper(online, statePath: start.statePath, health: health)
        }
    }

    /// Saves what was learnt. Called when the run's thread has ended.
    func endKeeping() {
        if let online { keeper?.close(online) }
        keeper = nil
    }
}
