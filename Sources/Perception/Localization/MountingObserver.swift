import Calibration

/// Learns a camera's pitch and yaw while driving, from what is seen anyway: where each mask's lane lines meet, and how the
/// distant picture moves.
///
/// The picture's motion says what lane lines do not: whether the vehicle moves (a red light would teach the same view for a
/// minute), whether it turns, and how far it nods (braking would pass for a camera that looks down).
///
/// Allocates nothing after its creation.
public struct MountingObserver: Sendable {
    /// What has been learnt.
    public private(set) var online: OnlineExtrinsics
    private let model: CameraModel
    private var fit: VanishingPointFit
    private var motion = PictureMotion()
    private var time: Int64?

    /// - Parameters:
    ///   - model: for the captured frames' size.
    ///   - online: what is known from before.
    public init(model: CameraModel, online: OnlineExtrinsics) {
        self.model = model
        self.online = online
        fit = VanishingPointFit(model: model, mounting: online.filed)
    }

    /// Takes how the distant picture moved to a frame.
    ///
    /// - Parameter time: when the frame was captured, nanoseconds.
    public mutating func move(_ shift: CameraShift, time: Int64) {
        let seconds = self.time.map { Double(time - $0) * 1e-9 } ?? 0
        self.time = time
        motion.add(shift, seconds: seconds, focal: SIMD2(model.fx, model.fy))
    }

    /// Takes the lane lines of that frame.
    ///
    /// - Returns: what became of them; nil when they meet nowhere.
    @discardableResult
    public mutating func observe(_ scene: borrowing RoadScene, time: Int64) -> OnlineExtrinsics.Verdict? {
        fit.reset(mounting: online.mounting)
        scene.withLanes { lanes, points in
            for lane in lanes {
                for point in points[lane.firstPoint..<lane.firstPoint + lane.pointCount] {
                    // Masks count from a pixel's edge, the camera model from its centre.
                    fit.add(SIMD2(Double(point.x) - 0.5, Double(point.y) - 0.5))
                }
                fit.endLine()
            }
        }
        guard let point = fit.solve() else { return nil }
        return online.observe(
            point, seconds: Double(time) * 1e-9, speed: motion.isStanding ? 0 : nil, yawRate: motion.yawRate,
            noddingDegrees: motion.noddingDegrees)
    }
}
