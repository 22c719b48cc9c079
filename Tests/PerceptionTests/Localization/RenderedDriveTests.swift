import Calibration
import Foundation
import Perception
import TestSupport
import Testing

/// Distances on the rendered drive that the repository carries: braking behind a car, people crossing, a truth for every
/// frame. Its visible boxes, with a detector's noise, are the detections.
@Suite struct RenderedDriveTests {
    private struct Line: Decodable {
        struct Camera: Decodable {
            var pitchDeg: Double
            var headingDeg: Double
        }
        struct Object: Decodable {
            var id: Int
            var `class`: String
            var box: [Float]
            var fullBox: [Float]?
            var distanceM: Double
            var positionM: [Double]?
        }
        var timeNs: Int64
        var camera: Camera
        var objects: [Object]
    }

    private static let focal = 1154.5905633737111
    private static let classes = ["pedestrian": 0, "car": 2, "bus": 5, "truck": 7]

    private static func lines() throws -> [Line] {
        let path = PythonScript.path(beside: #filePath, "../../../recordings/embedded-drive.truth.jsonl")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            try decoder.decode(Line.self, from: Data($0.utf8))
        }
    }

    private static func plane(pitchError: Double) throws -> GroundPlane {
        try GroundPlane(
            model: CameraModel(width: 1280, height: 720, fx: focal, fy: focal, cx: 639.5, cy: 359.5),
            mounting: Mounting(
                heightMetres: 1.32, pitchDegrees: 2 + pitchError,
                deviations: MountingDeviations(
                    heightMetres: 0.02, pitchDegrees: max(0.1, abs(pitchError)), yawDegrees: 0.1, rollDegrees: 0.1)))
    }

    /// About normally distributed, standard deviation 1: the sum of twelve even ones.
    private static func noise(_ random: inout SeededGenerator) -> Float {
        (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0...1, using: &random) }
    }

    /// Shares of the true distance, and errors by their stated deviations, of all objects up to 40 m.
    private static func errors(pitchError: Double) throws -> (shares: [Double], normal: [Double]) {
        var random = SeededGenerator(seed: 8)
        var tracker = try Tracker(classNames: TrafficScene.classNames)
        var locator = try GroundLocator(plane: plane(pitchError: pitchError), classNames: TrafficScene.classNames)
        var list = DetectionList(capacity: 128)
        var last: Line.Camera?
        var shares: [Double] = []
        var normal: [Double] = []
        for line in try lines() {
            list.removeAll()
            var shown: [Line.Object] = []
            for object in line.objects {
                guard let index = classes[object.class], object.positionM != nil, object.box[3] - object.box[1] > 14
                else { continue }
                let size = (object.box[2] - object.box[0] + object.box[3] - object.box[1]) / 2
                let edges = object.box.map { $0 + noise(&random) * (0.8 + 0.012 * size) }
                list.append(
                    Detection(
                        box: BoundingBox(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3])
                            .clipped(width: 1280, height: 720), score: 0.8, classIndex: index))
                shown.append(object)
            }
            let degree = Double.pi / 180
            let shift = last.map { last in
                CameraShift(
                    x: Float(focal * (line.camera.headingDeg - last.headingDeg) * degree) + 0.3 * noise(&random),
                    y: Float(-focal * (line.camera.pitchDeg - last.pitchDeg) * degree) + 0.3 * noise(&random),
                    deviation: 0.3)
            }
            last = line.camera
            tracker.update(
                list, time: line.timeNs, frameWidth: 1280, frameHeight: 720, cameraShift: shift ?? .zero)
            locator.update(
                tracker, detections: list, time: line.timeNs, frameWidth: 1280, frameHeight: 720,
                cameraShift: shift ?? .zero)
            for (index, object) in shown.enumerated() where object.distanceM < 40 {
                guard let place = tracker.trackIndex(ofDetection: index),
                    let location = locator.location(ofTrack: tracker[place].id)
                else { continue }
                let error = Double(location.forward) - object.distanceM
                shares.append(abs(error) / object.distanceM)
                normal.append(error / Double(location.forwardDeviation))
            }
        }
        return (shares, normal)
    }

    @Test(arguments: [(0, 0.05), (0.5, 0.08), (-0.5, 0.08)])
    func distancesToFortyMetresAreRightAndHonest(_ pitchError: Double, _ limit: Double) throws {
        let (shares, normal) = try Self.errors(pitchError: pitchError)
        #expect(shares.count > 800)
        #expect(shares.sorted()[shares.count / 2] < limit, "\(shares.sorted()[shares.count / 2])")
        let variance = normal.reduce(0) { $0 + $1 * $1 } / Double(normal.count)
        #expect((0.3...2.5).contains(variance), "\(variance)")
    }
}
