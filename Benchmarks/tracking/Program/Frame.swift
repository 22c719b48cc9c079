import Calibration
import Foundation
import Perception

/// One frame of a scene, as `simulate.py` writes it.
struct Frame {
    var time: Int64
    var width: Int
    var height: Int
    var shift: CameraShift
    var detections: [Detection]
    var camera: Camera?

    struct Camera: Decodable {
        var speedMps: Double?
        var focalPx: Double
        var heightM: Double
        var mountingPitchDeg: Double
    }

    /// The classes of COCO that occur on roads, at their numbers there.
    static let classNames = ClassNames(
        [0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"], count: 80)

    private struct Line: Decodable {
        var timeNs: Int64
        var width: Int
        var height: Int
        var shift: [Float]?
        var detections: [[Float]]
        var camera: Camera?
    }

    static func read(_ path: String) throws -> [Frame] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try text.split(separator: "\n").map { line in
            let line = try decoder.decode(Line.self, from: Data(line.utf8))
            return Frame(
                time: line.timeNs, width: line.width, height: line.height,
                shift: line.shift.map {
                    // A standing vehicle's picture does not change.
                    CameraShift(
                        x: $0[0], y: $0[1], deviation: 0.3,
                        changedShare: line.camera?.speedMps.map { $0 < 0.1 ? 0.001 : 0.3 })
                } ?? .zero,
                detections: line.detections.map {
                    Detection(
                        box: BoundingBox(x1: $0[0], y1: $0[1], x2: $0[2], y2: $0[3]), score: $0[4],
                        classIndex: Int($0[5]))
                }, camera: line.camera)
        }
    }

    /// The ground before the scene's camera, whose mounting is known up to `deviations` and wrong by the errors.
    func plane(
        pitchError: Double, yawError: Double = 0, deviations: MountingDeviations
    ) throws -> GroundPlane? {
        guard let camera else { return nil }
        let model = try CameraModel(
            width: width, height: height, fx: camera.focalPx, fy: camera.focalPx, cx: Double(width) / 2 - 0.5,
            cy: Double(height) / 2 - 0.5)
        return try GroundPlane(
            model: model,
            mounting: Mounting(
                heightMetres: camera.heightM, pitchDegrees: camera.mountingPitchDeg + pitchError, yawDegrees: yawError,
                deviations: deviations))
    }
}
