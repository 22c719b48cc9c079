import Calibration
import Foundation
import Perception
import TestSupport

/// A committed scene of simulated traffic: detections, and what they should lead to. Made by
/// `Benchmarks/tracking/simulate.py`, which describes the lines.
struct TrafficScene {
    struct Truth {
        var id: Int
        var box: BoundingBox
        var visibleShare: Float
        var distance: Double
        var forward: Double
        var left: Double
        var velocityForward: Double
    }

    struct Frame {
        var time: Int64
        var shift: CameraShift
        var pitchDegrees: Double
        var truth: [Truth]
        var detections: [Detection]
    }

    let frames: [Frame]
    let width = 1280
    let height = 720
    private static let focal = 1150.0

    /// Names of COCO's classes on roads, at their numbers.
    static let classNames = ClassNames(
        [0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"], count: 80)

    private struct Line: Decodable {
        struct Camera: Decodable {
            var pitchDeg: Double
        }
        var timeNs: Int64
        var camera: Camera
        var shift: [Float]
        var truth: [[Double]]
        var detections: [[Float]]
    }

    init(_ name: String, source: String = #filePath) throws {
        let path = PythonScript.path(beside: source, "../Fixtures/traffic/\(name).jsonl")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        frames = try text.split(separator: "\n").map { line in
            let line = try decoder.decode(Line.self, from: Data(line.utf8))
            return Frame(
                time: line.timeNs, shift: CameraShift(x: line.shift[0], y: line.shift[1], deviation: 0.3),
                pitchDegrees: line.camera.pitchDeg,
                truth: line.truth.map {
                    Truth(
                        id: Int($0[0]),
                        box: BoundingBox(x1: Float($0[2]), y1: Float($0[3]), x2: Float($0[4]), y2: Float($0[5])),
                        visibleShare: Float($0[6]), distance: $0[7], forward: $0[8], left: $0[9],
                        velocityForward: $0[10])
                },
                detections: line.detections.map {
                    Detection(
                        box: BoundingBox(x1: $0[0], y1: $0[1], x2: $0[2], y2: $0[3]), score: $0[4],
                        classIndex: Int($0[5]))
                })
        }
    }

    func list(_ frame: Frame) -> DetectionList {
        var list = DetectionList(capacity: 256)
        for detection in frame.detections { list.append(detection) }
        return list
    }

    /// The ground before the scene's camera, its mounting wrong by `pitchError` degrees and known up to as much.
    func plane(pitchError: Double = 0) throws -> GroundPlane {
        let model = try CameraModel(
            width: width, height: height, fx: Self.focal, fy: Self.focal, cx: Double(width) / 2 - 0.5,
            cy: Double(height) / 2 - 0.5)
        return try GroundPlane(
            model: model,
            mounting: Mounting(
                heightMetres: 1.32, pitchDegrees: 2 + pitchError,
                deviations: MountingDeviations(
                    heightMetres: 0.02, pitchDegrees: max(0.1, abs(pitchError)), yawDegrees: 0.1, rollDegrees: 0.1)))
    }

    /// What the tracker shows on each frame.
    func tracks(usingShift: Bool = true) throws -> [[TrackedBox]] {
        var tracker = try Tracker(classNames: Self.classNames)
        return frames.map { frame in
            let list = list(frame)
            tracker.update(
                list, time: frame.time, frameWidth: width, frameHeight: height,
                cameraShift: usingShift ? frame.shift : .zero)
            var result: [TrackedBox] = []
            for index in 0..<tracker.count where tracker.isShown(tracker[index]) {
                result.append(TrackedBox(id: Int(tracker[index].id), box: tracker[index].box))
            }
            return result
        }
    }
}

/// A box with an identity: of the truth, or of a tracker.
struct TrackedBox {
    var id: Int
    var box: BoundingBox
}
