import Foundation
import ONNX
import Operators
import Tensors
import TestSupport
import Testing

/// Whole networks, compared with onnxruntime on fixed pseudo-random inputs. They take seconds in a release build and
/// minutes in a debug build, which therefore leaves them out.
@Suite("Reference: whole networks", .serialized)
struct ReferenceNetworkTests {
    #if DEBUG
        static let isRelease = false
    #else
        static let isRelease = true
    #endif

    static var canRun: Bool {
        isRelease && ReferencePython.withRuntime != nil && SharedFiles.exists("models/yolo11n.onnx")
    }

    static let absence = "needs a release build, \(SharedFiles.absence) and \(ReferencePython.absence)"

    /// What onnxruntime makes of a network.
    struct Example {
        let graph: Graph
        let inputs: [String: Tensor]
        let outputs: [String: Tensor]

        /// The results of all nodes, where they were asked for.
        let values: [String: Tensor]

        init(_ model: String, _ options: [String] = []) throws {
            let folder = NSTemporaryDirectory() + "sightline-reference-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../Conformance/reference_outputs.py").standardized.path
            let python = try #require(ReferencePython.withRuntime)
            let path = model.hasPrefix("/") ? model : SharedFiles.path("models/" + model)
            let result = try #require(ReferencePython.run(python, [script, path, folder] + options))
            try #require(result.status == 0, "\(result.output)")
            let quantized = folder + "/model.onnx"
            graph = try Graph(contentsOf: FileManager.default.fileExists(atPath: quantized) ? quantized : path)
            inputs = try Self.tensors(folder + "/input_", graph.inputs.map(\.name))
            outputs = try Self.tensors(folder + "/output_", graph.outputs.map(\.name))
            let names = try? String(contentsOfFile: folder + "/values.txt", encoding: .utf8)
            values = try Self.tensors(folder + "/value_", (names ?? "").split(separator: "\n").map(String.init))
        }

        private static func tensors(_ prefix: String, _ names: [String]) throws -> [String: Tensor] {
            var tensors: [String: Tensor] = [:]
            for (index, name) in names.enumerated() { tensors[name] = try Tensor(npyFile: "\(prefix)\(index).npy") }
            return tensors
        }
    }

    /// The greatest distance between elements, and the range of those expected.
    static func difference(_ result: Tensor, _ expected: Tensor) -> (greatest: Float, mean: Float, range: Float) {
        let (values, wanted) = (result.array(of: Float.self), expected.array(of: Float.self))
        let distances = zip(values, wanted).map { abs($0 - $1) }
        let range = wanted.reduce(-.infinity, max) - wanted.reduce(.infinity, min)
        // A NaN must not get lost in a maximum.
        let greatest = distances.contains(where: \.isNaN) ? .infinity : distances.reduce(0, max)
        return (greatest, distances.reduce(0, +) / Float(distances.count), range)
    }

    @Test(
        "all outputs are within a thousandth of their range of onnxruntime's",
        .enabled(if: canRun, "\(absence)"),
        arguments: [
            ("yolo11n.onnx", ["--shape", "images=1x3x640x640"]), ("yolov5n_640.onnx", []),
            ("yolox_nano.onnx", ["--scale", "255"]),
            ("twinlitenet_360x640.onnx", []), ("twinliteplus_small.onnx", []), ("twinliteplus_nano.onnx", []),
        ] as [(String, [String])])
    func network(model: String, options: [String]) throws {
        let example = try Example(model, options)
        let specialized = try example.graph.specialized(inputShapes: example.inputs.mapValues(\.shape))
        let clock = ContinuousClock()
        let start = clock.now
        var results: [String: Tensor] = [:]
        try ReferenceExecutor(specialized).run(example.inputs) { name, tensor in
            // What was inferred must be what is computed.
            #expect(specialized.types[name] == ValueType(shape: tensor.shape, elementType: tensor.elementType))
            if example.outputs[name] != nil { results[name] = tensor }
        }
        print("\(model): reference executor ran for \(clock.now - start)")
        for (name, expected) in example.outputs {
            let result = try #require(results[name])
            #expect(result.shape == expected.shape)
            let difference = Self.difference(result, expected)
            print("\(model): '\(name)' differs by \(difference.greatest) of a range of \(difference.range)")
            #expect(difference.greatest < 1e-3 * difference.range)
        }
    }

    @Test(
        "every node of a QDQ network gives what onnxruntime gives for the same inputs",
        .enabled(if: canRun, "\(absence)"),
        arguments: ["twinliteplus_nano.onnx"])
    func quantizedNodes(model: String) throws {
        let example = try Example(model, ["--quantize", "--all-values"])
        var values = example.values.merging(example.inputs) { $1 }
        values.merge(example.graph.initializers) { $1 }
        var quantizers = 0
        for node in example.graph.nodes {
            let results = try ReferenceOperators.evaluate(
                node, inputs: node.inputs.map { $0.isEmpty ? nil : values[$0] },
                operatorSetVersion: example.graph.operatorSetVersion)
            for (name, result) in zip(node.outputs, results) {
                let expected = try #require(values[name])
                try #require(result.shape == expected.shape && result.elementType == expected.elementType)
                let difference = Self.difference(Self.floats(result), Self.floats(expected))
                if result.elementType == .float32 {
                    #expect(difference.greatest <= 1e-5 * max(difference.range, 1e-6), "\(node.name)")
                } else {
                    // A quotient of two floats is rounded the same way everywhere.
                    #expect(difference.greatest == 0, "\(node.name)")
                    if node.operatorType == "QuantizeLinear" { quantizers += 1 }
                }
            }
        }
        #expect(quantizers > 50)
    }

    @Test(
        "a QDQ network gives what onnxruntime gives, but for roundings that fall the other way",
        .enabled(if: canRun, "\(absence)"),
        arguments: ["yolov5n_640.onnx", "twinlitenet_360x640.onnx"])
    func quantizedNetwork(model: String) throws {
        let example = try Example(model, ["--quantize"])
        let specialized = try example.graph.specialized(inputShapes: example.inputs.mapValues(\.shape))
        let results = try ReferenceExecutor(specialized).run(example.inputs)
        for (name, expected) in example.outputs {
            // Sums in another order differ in their last bits, now and then one falls to the other side of a half, and
            // such steps spread from layer to layer. A millionth of noise on the input moves onnxruntime's own outputs
            // as far: by 0.4 % of the range on average in the worse of these networks.
            let difference = Self.difference(try #require(results[name]), expected)
            print("QDQ \(model): '\(name)' differs by \(difference)")
            #expect(difference.mean < 1e-2 * difference.range)
        }
    }

    private static func floats(_ tensor: Tensor) -> Tensor {
        guard tensor.elementType != .float32,
            let cast = try? evaluate("Cast", [tensor], ["to": .int(ElementType.float32.rawValue)])
        else { return tensor }
        return cast
    }

    /// Any networks at hand, such as those that training packages export: set `SIGHTLINE_NETWORKS` to their folder.
    static let otherNetworks: [String] = {
        guard let folder = ProcessInfo.processInfo.environment["SIGHTLINE_NETWORKS"] else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".onnx") }.sorted().map { folder + "/" + $0 }
    }()

    @Test(
        "other networks give what onnxruntime gives",
        .enabled(if: canRun && !otherNetworks.isEmpty, "needs a folder of networks (SIGHTLINE_NETWORKS); \(absence)"),
        arguments: otherNetworks)
    func otherNetwork(path: String) throws {
        let example = try Example(path)
        let results = try ReferenceExecutor(example.graph).run(example.inputs)
        for (name, expected) in example.outputs {
            let result = try #require(results[name])
            try #require(result.shape == expected.shape && result.elementType == expected.elementType)
            let difference = Self.difference(Self.floats(result), Self.floats(expected))
            print("\(path): '\(name)' differs by \(difference.greatest) of a range of \(difference.range)")
            switch result.elementType {
            case .float32: #expect(difference.greatest <= 1e-3 * difference.range)
            case .float16: #expect(difference.mean <= 1e-3 * difference.range)
            // Classes change where two scores are nearly equal.
            default: #expect(difference.mean <= 1e-3 * max(difference.range, 1))
            }
        }
    }
}
