import Evaluation
import Foundation
import Perception
import TestSupport
import Testing

/// From a network's outputs through decoding, mapping and the data set's labels to average precision, against a second
/// program that does all of it with other tools.
@Suite("Evaluation of a network's outputs")
struct NetworkEvaluationTests {
    private struct Reference: Decodable {
        struct Picture: Decodable {
            var path: String
            var scale: Float
            var left: Float
            var top: Float
            var width: Int
            var height: Int
        }

        var pictures: [Picture]
        /// At overlaps 0.50 to 0.95, and at 0.50.
        var averagePrecision: [Double]
    }

    @Test(
        "average precision on real pictures is that of the COCO tools",
        .enabled(
            if: PythonScript.isAvailable && SharedFiles.exists("datasets/coco128"),
            Comment(rawValue: PythonScript.absence + "; " + SharedFiles.absence)))
    func realPictures() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["SIGHTLINE_TEST_PICTURES"].flatMap(Int.init) ?? 12
        let folder = try TemporaryFolder()
        let data = try PythonScript.run(
            PythonScript.path("Fixtures/network_boxes.py"),
            [
                SharedFiles.path("models/yolo11n.onnx"), SharedFiles.path("datasets/coco128/images"),
                SharedFiles.path("datasets/coco128/labels"), String(count), folder.path,
            ])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let reference = try decoder.decode(Reference.self, from: data)
        #expect(reference.pictures.count == count)
        let dataset = try DetectionDataset(contentsOf: SharedFiles.path("datasets/coco128"))
        let labels = Dictionary(uniqueKeysWithValues: dataset.items.map { ($0.picturePath, $0.labels) })
        var images: [EvaluationImage] = []
        for (index, picture) in reference.pictures.enumerated() {
            let found = try detections(in: "\(folder.path)/\(index).f32", picture)
            let truths = try #require(labels[picture.path])
            images.append(
                EvaluationImage(
                    truths: truths.map { $0.truth(pictureWidth: picture.width, pictureHeight: picture.height) },
                    claims: found.map { EvaluationImage.Claim($0) }))
        }
        let result = try AveragePrecision(images).result()
        // The boxes are single precision here, and which of two nearly equal overlaps is greater may differ.
        #expect(abs(try #require(result.map50To95) - reference.averagePrecision[0]) < 1e-3)
        #expect(abs(try #require(result.map50) - reference.averagePrecision[1]) < 1e-3)
    }

    private func detections(in file: String, _ picture: Reference.Picture) throws -> [Detection] {
        let head = DetectionHead(
            layout: .channelMajor, output: "output0", classCount: 80, candidateCount: 8400, inputWidth: 640,
            inputHeight: 640)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        var values = [Float](repeating: 0, count: bytes.count / 4)
        _ = values.withUnsafeMutableBytes { bytes.copyBytes(to: $0) }
        var decoder = try DetectionDecoder(head, options: .evaluation)
        var list = DetectionList(capacity: decoder.options.maximumDetections)
        try values.withUnsafeBufferPointer { values throws(PerceptionError) in
            try decoder.decode(NetworkOutputs(values), into: &list)
        }
        list.move(
            to: FrameMapping(
                letterboxScale: picture.scale, left: picture.left, top: picture.top, frameWidth: picture.width,
                frameHeight: picture.height))
        return list.array
    }
}
