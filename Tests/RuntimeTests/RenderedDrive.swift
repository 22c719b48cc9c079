import Calibration
import Foundation
import Imaging
import Perception
import Recording
import TestSupport

/// The truth and the masks of the rendered drive that the repository carries, as networks would give them.
struct RenderedDrive {
    struct Line: Decodable {
        var timeNs: Int64
        var speedMps: Double
        var camera: Camera
        var objects: [Object]
    }

    struct Camera: Decodable {
        var pitchDeg: Double
        var headingDeg: Double
    }

    struct Object: Decodable {
        var `class`: String
        var box: [Float]
        var distanceM: Double
        var positionM: [Double]?
    }

    static let focal = 1154.5905633737111
    static let classNames = ClassNames([0: "person", 2: "car", 5: "bus", 7: "truck"], count: 80)
    private static let maskSize = (width: 640, height: 360)

    let lines: [Line]

    init() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        lines = try String(contentsOfFile: Self.path("truth.jsonl"), encoding: .utf8).split(separator: "\n").map {
            try decoder.decode(Line.self, from: Data($0.utf8))
        }
    }

    private static func path(_ end: String) -> String {
        PythonScript.path(beside: #filePath, "../../recordings/embedded-drive." + end)
    }

    /// Calls `body` with each frame's truth and what a perfect road network shows of it at half the picture's size.
    func forEachFrame(_ body: (Line, borrowing RoadScene) throws -> Void) throws {
        let (width, height) = Self.maskSize
        let head = RoadHead(
            source: .pair(drivable: "drivable", lanes: "lanes"), width: width, height: height, inputWidth: width,
            inputHeight: height)
        var decoder = try RoadDecoder(head)
        var scene = RoadScene(head)
        let content = PixelRectangle(x: 0, y: 0, width: width, height: height)
        let mapping = FrameMapping(letterboxScale: 0.5, left: 0, top: 0, frameWidth: 2 * width, frameHeight: 2 * height)
        var drivable = [Float](repeating: 0, count: 2 * width * height)
        var lanes = drivable
        let reader = try openDrive(Self.path("masks.mkv"), options: DriveOptions())
        var frame = DecodedFrame()
        for line in lines {
            guard try reader.next(into: &frame), let picture = frame.unsafeView?.plane(0) else { return }
            for row in 0..<height {
                for column in 0..<width {
                    let label = picture.row(2 * row)[2 * column]
                    let index = row * width + column
                    // Road and what is painted on it; markings.
                    drivable[index] = label == 1 || label == 2 ? 0 : 1
                    drivable[width * height + index] = 1 - drivable[index]
                    lanes[index] = label == 2 ? 0 : 1
                    lanes[width * height + index] = 1 - lanes[index]
                }
            }
            try drivable.withUnsafeBufferPointer { first in
                try lanes.withUnsafeBufferPointer { second in
                    try decoder.decode(
                        NetworkOutputs(first, second), content: content, mapping: mapping, into: &scene)
                }
            }
            try body(line, scene)
        }
    }
}

extension RenderedDrive.Object {
    private static let classes = ["pedestrian": 0, "car": 2, "bus": 5, "truck": 7]

    /// The visible box with a detector's noise; nil for what is too small, and for signs and lights.
    func detection(_ random: inout SeededGenerator) -> Detection? {
        guard let index = Self.classes[self.class], positionM != nil, box[3] - box[1] > 14 else { return nil }
        let size = (box[2] - box[0] + box[3] - box[1]) / 2
        let edges = box.map { $0 + noise(&random) * (0.8 + 0.012 * size) }
        return Detection(
            box: BoundingBox(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3]).clipped(width: 1280, height: 720),
            score: 0.8, classIndex: index)
    }
}

extension RenderedDrive.Line {
    /// How the distant picture moved since another frame, as it is measured.
    func shift(after last: RenderedDrive.Line?, _ random: inout SeededGenerator) -> CameraShift {
        guard let last else { return .zero }
        let scale = RenderedDrive.focal * Double.pi / 180
        return CameraShift(
            x: Float(scale * (camera.headingDeg - last.camera.headingDeg)) + 0.3 * noise(&random),
            y: Float(-scale * (camera.pitchDeg - last.camera.pitchDeg)) + 0.3 * noise(&random), deviation: 0.3,
            changedShare: speedMps < 0.1 ? 0.001 : 0.3)
    }
}

/// About normally distributed, standard deviation 1: the sum of twelve even ones.
private func noise(_ random: inout SeededGenerator) -> Float {
    (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0...1, using: &random) }
}
