import Foundation
import ONNX
import Operators
import TestSupport
import Tensors
import Testing

/// Files that are written here are files for others too.
@Suite(
    "Exported networks run in onnxruntime",
    .enabled(if: ReferencePython.withRuntime != nil, "\(ReferencePython.absence)"))
struct ExchangeTests {
    private static let script = """
        import sys, numpy, onnx, onnxruntime
        folder = sys.argv[1]
        onnx.checker.check_model(folder + "/model.onnx", full_check=True)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(folder + "/model.onnx", options, providers=["CPUExecutionProvider"])
        inputs = {value.name: numpy.load(folder + "/" + value.name + ".npy") for value in session.get_inputs()}
        for value, result in zip(session.get_outputs(), session.run(None, inputs)):
            assert list(result.shape) == value.shape, (value.name, result.shape, value.shape)
            numpy.save(folder + "/" + value.name + ".npy", result)
        """

    /// Runs a graph here and there on the same random inputs and compares the outputs.
    private func expectSameOutputs(_ graph: StaticGraph, tolerance: Float) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sightline-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try graph.graph.write(to: folder + "/model.onnx")
        var builder = GraphBuilder()
        var inputs: [String: Tensor] = [:]
        for input in graph.graph.inputs {
            let tensor = builder.randomTensor(try #require(input.shape))
            try tensor.writeNPY(to: "\(folder)/\(input.name).npy")
            inputs[input.name] = tensor
        }
        let python = try #require(ReferencePython.withRuntime)
        let result = try #require(ReferencePython.run(python, ["-c", Self.script, folder]))
        try #require(result.status == 0, "\(result.output)")
        for (name, tensor) in try ReferenceExecutor(graph).run(inputs) {
            let other = try Tensor(npyFile: "\(folder)/\(name).npy")
            try #require(tensor.shape == other.shape && tensor.elementType == other.elementType)
            let (values, others) = (tensor.array(of: Float.self), other.array(of: Float.self))
            let range = max(others.map(abs).max() ?? 0, 1e-6)
            #expect(zip(values, others).allSatisfy { abs($0 - $1) <= tolerance * range }, "output \(name)")
        }
    }

    private static func floatNetwork(version: Int) -> Graph {
        var builder = GraphBuilder(version: version)
        builder.input("x", [1, 3, 16, 16])
        builder.random("w", [4, 3, 3, 3])
        for name in ["gamma", "beta", "mean"] { builder.random(name, [4]) }
        builder.random("variance", [4], positive: true)
        builder.constant("axes", Tensor([0] as [Int64], shape: [1]))
        builder.constant("scales", Tensor([1, 1, 2, 2] as [Float], shape: [4]))
        // Old operator sets want this input, though only one mode reads it.
        builder.constant("region", Tensor([] as [Float], shape: [0]))
        builder.node("Conv", ["x", "w"], ["a"], ["pads": .ints([1, 1, 1, 1]), "strides": .ints([2, 2])])
        builder.node("BatchNormalization", ["a", "gamma", "beta", "mean", "variance"], ["b"])
        builder.node("LeakyRelu", ["b"], ["c"], ["alpha": .float(0.2)])
        builder.node(
            "Resize", ["c", version < 13 ? "region" : "", "scales"], ["d"],
            [
                "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
                "nearest_mode": .string("floor"),
            ])
        builder.node("Softmax", ["d"], ["e"], ["axis": .int(version < 13 ? 3 : 1)])
        if version >= 13 {
            builder.node("Unsqueeze", ["e", "axes"], ["f"])
        } else {
            builder.node("Unsqueeze", ["e"], ["f"], ["axes": .ints([0])])
        }
        builder.output("d", "f")
        builder.graph.metadata["names"] = "{0: 'a'}"
        return builder.graph
    }

    @Test("float networks of old and new operator sets", arguments: [11, 12, 13, 15, 17, 18, 19, 21, 22])
    func float(version: Int) throws {
        let graph = try Self.floatNetwork(version: version).specialized()
        try expectSameOutputs(graph, tolerance: 1e-5)
        try expectSameOutputs(graph.foldingBatchNormalization(), tolerance: 1e-5)
    }

    @Test("quantised networks")
    func quantized() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 2, 6, 6])
        builder.constant("scale", Tensor(scalar: Float(1.0 / 128)))
        builder.constant("zero", Tensor(scalar: UInt8(120)))
        builder.constant("w", Tensor((0..<24).map { Int8($0 * 5 - 60) }, shape: [3, 2, 2, 2]))
        builder.constant("w.scale", Tensor([0.01, 0.02, 0.005] as [Float], shape: [3]))
        builder.constant("w.zero", Tensor([0, 0, 0] as [Int8], shape: [3]))
        builder.node("QuantizeLinear", ["x", "scale", "zero"], ["q"])
        builder.node("DequantizeLinear", ["q", "scale", "zero"], ["d"])
        builder.node("DequantizeLinear", ["w", "w.scale", "w.zero"], ["weights"], ["axis": .int(0)])
        builder.node("Conv", ["d", "weights"], ["y"])
        builder.output("y")
        try expectSameOutputs(try builder.graph.specialized(), tolerance: 1e-5)
    }
}
