import ONNX
import Operators
import Perception
import Tensors
import TestSupport
import Testing

/// Recognition of real files, and decoding of what they compute.
@Suite("Real networks")
struct RealNetworkTests {
    private static let isHere = SharedFiles.exists("models/yolo11n.onnx")
    private static let absence = Comment(rawValue: SharedFiles.absence)

    private func load(_ name: String, inputShapes: [String: Shape] = [:]) throws -> (StaticGraph, RecognizedNetwork) {
        let graph = try Graph(contentsOf: SharedFiles.path("models/\(name).onnx"))
        let hints = try HeadHints(graph)
        let network = try graph.specialized(inputShapes: inputShapes)
        let recognizer = HeadRecognizer(network.graph, shapes: network.types.mapValues(\.shape), hints: hints)
        return (network, try recognizer.recognize())
    }

    @Test(
        "YOLO11 with the names of its classes and its undecoded tensors", .enabled(if: isHere, absence),
        arguments: [640, 320])
    func yolo11(size: Int) throws {
        let (_, network) = try load("yolo11n", inputShapes: ["images": [1, 3, size, size]])
        #expect(network.detection?.layout == .channelMajor)
        #expect(network.detection?.candidateCount == size * size * 21 / 1024)
        #expect(network.classNames[5] == "bus" && network.classNames.count == 80)
        let undecoded = try #require(network.undecoded)
        #expect(undecoded.scales.map(\.stride) == [8, 16, 32] && undecoded.binCount == 16)
        #expect(network.input.description == "images \(size)x\(size) RGB 0..1, centred letterbox, fill 114")
    }

    @Test("YOLOv5, YOLOX and the road networks by shape alone", .enabled(if: isHere, absence))
    func others() throws {
        #expect(try load("yolov5n_640").1.detection?.layout == .anchorMajor)
        let yolox = try load("yolox_nano").1
        #expect(yolox.detection?.layout == .grid && yolox.input.channelOrder == .bgr)
        for (name, outputs) in [
            ("twinlitenet_360x640", ["drivable", "lane"]), ("twinliteplus_small", ["da", "ll"]),
            ("twinliteplus_nano", ["da", "ll"]),
        ] {
            #expect(try load(name).1.road?.outputNames == outputs)
        }
    }

    @Test("the undecoded tensors give the boxes of the output", .enabled(if: isHere, absence))
    func undecodedBoxes() throws {
        let (graph, network) = try load("yolo11n", inputShapes: ["images": [1, 3, 64, 96]])
        let head = try #require(network.detection)
        let undecoded = try #require(network.undecoded)
        var random = SeededGenerator(seed: 3)
        let picture = Tensor((0..<3 * 64 * 96).map { _ in random.float(0...1) }, shape: [1, 3, 64, 96])
        let values = try ReferenceExecutor(graph).run(["images": picture], observing: Set(undecoded.outputNames))
        // Noise shows nothing: the threshold lies below what the network says of it.
        let options = DetectionOptions(confidence: 0.0002, overlap: 0.6, isMultiLabel: true)
        let expected = try decode(head, [try #require(values["output0"]).array()], options: options)
        let found = try decode(
            undecoded, try undecoded.outputNames.map { try #require(values[$0]).array() }, options: options)
        #expect(expected.count > 20)
        #expect(found.count == expected.count)
        for detection in expected {
            let same = found.first {
                $0.candidateIndex == detection.candidateIndex && $0.classIndex == detection.classIndex
            }
            let other = try #require(same)
            #expect(abs(other.score - detection.score) < 1e-6)
            #expect(abs(other.box.x1 - detection.box.x1) < 1e-3 && abs(other.box.y2 - detection.box.y2) < 1e-3)
        }
    }
}
