import Calibration
import Imaging
import Perception

/// What a calibrated camera adds: places of objects, and lanes on the ground. Made for one size of frames.
public final class RoadGround {
    public private(set) var locator: GroundLocator
    public private(set) var lanes = LaneEstimator()
    let frameSize: (width: Int, height: Int)
    private let nothing = DetectionList(capacity: 1)

    /// - Throws: when the calibration is for another shape of picture, or says nothing of the mounting.
    init(
        _ calibration: CameraCalibration, classNames: ClassNames?, width: Int, height: Int
    ) throws(RuntimeError) {
        frameSize = (width, height)
        let plane: GroundPlane?
        do throws(CalibrationError) {
            plane = try GroundPlane(try calibration.scaled(width: width, height: height))
        } catch {
            throw .calibration(error)
        }
        guard let plane else { throw .notMounted(camera: calibration.name) }
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
            locator.update(
                tracking.tracker, detections: network.detections, time: time, frameWidth: frameSize.width,
                frameHeight: frameSize.height, cameraShift: tracking.shift)
        } else {
            locator.update(
                tracking.tracker, detections: nothing, time: time, frameWidth: frameSize.width,
                frameHeight: frameSize.height, cameraShift: tracking.shift)
        }
    }

    /// Reads lanes and the bonnet from this frame's mask; parallel lane lines tell the pitch.
    func locate(_ network: RoadNetwork, time: Int64) {
        noteBonnet(network)
        let plane = locator.currentPlane
        lanes.update(network.scene, plane: plane, time: time)
        if let error = lanes.pitchError(cameraHeight: plane.mounting.heightMetres) {
            locator.observePitch(
                degrees: plane.mounting.pitchDegrees + error.degrees, deviation: error.deviation)
        }
    }

    /// Below the lowest row that shows road in the middle of the picture lies the own bonnet.
    private func noteBonnet(_ network: RoadNetwork) {
        let height = Float(frameSize.height)
        let row = network.scene.withFreeSpace { columns in
            var lowest: Float = 0
            for index in columns.count / 3..<columns.count * 2 / 3 where columns[index].farY < columns[index].nearY {
                lowest = max(lowest, columns[index].nearY)
            }
            return lowest
        }
        locator.bonnetRow = row > 0.7 * height && row < height - 4 ? row : .infinity
    }
}
