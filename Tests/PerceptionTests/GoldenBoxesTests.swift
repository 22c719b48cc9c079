import Foundation
import Perception
import TestSupport
import Testing

/// Boxes of a real network on real pictures, against those that another engine and another decoder found.
@Suite("Boxes of YOLO11 on real pictures")
struct GoldenBoxesTests {
    private struct File: Decodable {
        struct Letterbox: Decodable {
            var scale: Float
            var left: Float
            var top: Float
        }

        struct Box: Decodable {
            var cls: Int
            var score: Float
            var box: [Float]
        }

        struct Picture: Decodable {
            var imageHw: [Int]
            var letterbox: Letterbox
            var boxesConf25Iou70Bestclass: [Box]
            var boxesConf25Iou45Bestclass: [Box]
        }

        var images: [String: Picture]
    }

    /// Columns of the network's output: anchors, then 84 rows of values.
    private struct Columns: Decodable {
        var anchor: [Int]
        var values: [[Float]]
    }

    @Test(
        "equal the recorded ones at both overlaps",
        .enabled(
            if: PythonScript.isAvailable && SharedFiles.exists("models/golden/yolo11n_640_boxes.json"),
            Comment(rawValue: PythonScript.absence + "; " + SharedFiles.absence)))
    func recordedBoxes() throws {
        let path = SharedFiles.path("models/golden/yolo11n_640_boxes.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = try decoder.decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(file.images.count >= 4)
        for (name, picture) in file.images {
            let data = try PythonScript.run(
                PythonScript.path("Fixtures/columns.py"),
                [SharedFiles.path("models/golden/yolo11n_640_\(name)_top.f32.npz")])
            let columns = try JSONDecoder().decode(Columns.self, from: data)
            var output = [Float](repeating: 0, count: 84 * 8400)
            for (row, values) in columns.values.enumerated() {
                for (anchor, value) in zip(columns.anchor, values) { output[row * 8400 + anchor] = value }
            }
            for (overlap, expected) in [
                (Float(0.7), picture.boxesConf25Iou70Bestclass), (0.45, picture.boxesConf25Iou45Bestclass),
            ] {
                try compare(output, overlap: overlap, picture: picture, expected: expected, name: name)
            }
        }
    }

    private func compare(
        _ output: [Float], overlap: Float, picture: File.Picture, expected: [File.Box], name: String
    ) throws {
        let head = DetectionHead(
            layout: .channelMajor, output: "output0", classCount: 80, candidateCount: 8400, inputWidth: 640,
            inputHeight: 640)
        let mapping = FrameMapping(
            letterboxScale: picture.letterbox.scale, left: picture.letterbox.left, top: picture.letterbox.top,
            frameWidth: picture.imageHw[1], frameHeight: picture.imageHw[0])
        let found = try decode(head, [output], options: DetectionOptions(overlap: overlap)).map { detection in
            var detection = detection
            detection.box = mapping.box(detection.box)
            return detection
        }
        #expect(found.count == expected.count, "\(name) at overlap \(overlap)")
        for (left, right) in zip(found, expected) {
            #expect(left.classIndex == right.cls && abs(left.score - right.score) < 2e-5, "\(name)")
            let edges = [left.box.x1, left.box.y1, left.box.x2, left.box.y2]
            #expect(zip(edges, right.box).allSatisfy { abs($0 - $1) < 2e-3 }, "\(name): \(edges) \(right.box)")
        }
    }
}
