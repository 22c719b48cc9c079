import Calibration
import Imaging
import Perception

/// What a calibrated camera adds: places of objects, and lanes on the ground. Made for one size of frames.
public final class RoadGround {
    public private(set) var locator: GroundLocator
    public private(set) var lanes = LaneEstimator()
    /// Learns pitch and yaw while driving; nil when the camera file's are to be used as they are.
    public private(set) var observer: MountingObserver?
    let frameSize: (width: Int, height: Int)
    private let nothing = DetectionList(capacity: 1)

    /// - Parameter online: what is known of pitch and yaw from before; nil to use the camera file's as they are.
    /// - Throws: when the calibration is for another shape of picture, or says nothing of the mounting.
    package init(
        _ calibration: CameraCalibration, classNames: ClassNames?, online: OnlineExtrinsics? = nil, width: Int,
        height: Int
    ) throws(RuntimeError) {
        frameSize = (width, height)
        let plane: GroundPlane?
        do throws(CalibrationError) {
            var scaled = try calibration.scaled(width: width, height: height)
            if let online { scaled.mounting = online.mounting }
            plane = try GroundPlane(scaled)
        } catch {
            throw .calibration(error)
        }
        guard let plane else { throw .notMounted(camera: calibration.name) }
        observer = online.map { MountingObserver(model: plane.model, online: $0) }
        do throws(PerceptionError) {
            locator = try GroundLocator(plane: plane, classNames: classNames ?? ClassNames([]))
        } catch {
            throw .perception(path: calibration.name, error)
        }
    }

    /// Finds the tracks' places on a frame.
    ///
    /// - Parameter network: nil where it did not run on this frame.
    func locate(_ tracking: ObjectTracking, _ network: DetectionNetwork?, time: Int64) {
        if let network {
            locate(tracking.tracker, network.detections, shift: tracking.shift, time: time)
        } else {
            locate(tracking.tracker, nothing, shift: tracking.shift, time: time)
        }
    }

    package func locate(
        _ tracker: borrowing Tracker, _ detections: borrowing DetectionList, shift: CameraShift, time: Int64
    ) {
        observer?.move(shift, time: time)
        locator.update(
            tracker, detections: detections, time: time, frameWidth: frameSize.width, frameHeight: frameSize.height,
            cameraShift: shift)
    }

    /// Reads lanes and the bonnet from this frame's mask; parallel lane lines tell the pitch, and where they meet, in the long
    /// run, the mounting.
    ///
    /// - Returns: whether the mounting is known better than before.
    package func locate(_ scene: borrowing RoadScene, time: Int64) -> Bool {
        noteBonnet(scene)
        let plane = locator.currentPlane
        lanes.update(scene, plane: plane, time: time)
        if let error = lanes.pitchError(cameraHeight: plane.mounting.heightMetres) {
            locator.observePitch(
                degrees: plane.mounting.pitchDegrees + error.degrees, deviation: error.deviation)
        }
        let known = observer?.online.revision
        observer?.observe(scene, time: time)
        guard let online = observer?.online, online.revision != known else { return false }
        locator.remount(online.mounting)
        return true
    }

    /// Below the lowest row that shows road in the middle of the picture lies the own bonnet.
    private func noteBonnet(_ scene: borrowing RoadScene) {
        let height = Float(frameSize.height)
        let row = scene.withFreeSpace { columns in
            var lowest: Float = 0
            for index in columns.count / 3..<columns.count * 2 / 3 where columns[index].farY < columns[index].nearY {
                lowest = max(lowest, columns[index].nearY)
            }
            return lowest
        }
        locator.bonnetRow = row > 0.7 * height && row < height - 4 ? row : .infinity
    }
}
