import ONNX
import Operators
import SightlineInference
import Testing
import Tensors
import TestSupport

/// Every instruction set computes the same bits, on whole networks.
@Suite("Instruction sets on whole networks")
struct WholeNetworkIdentityTests {
    private static func outputs(_ graph: StaticGraph, _ name: String) throws -> [Tensor] {
        let engine = try Engine(graph, options: EngineOptions(threads: 2, instructionSet: name))
        var random = Random(seed: 11)
        for (index, input) in engine.inputs.enumerated() {
            try engine.setInput(index, to: random.tensor(input.shape, 0...1))
        }
        try engine.run()
        return engine.outputs.indices.map { engine.outputTensor($0) }
    }

    @Test("a small network with every kind of layer")
    func smallNetwork() throws {
        let graph = try SmallNetwork.graph()
        let expected = try Self.outputs(graph, "portable")
        for name in InstructionSets.available { #expect(try Self.outputs(graph, name) == expected, "\(name)") }
    }

    @Test(
        "a whole detector",
        .enabled(if: SharedFiles.exists("models/peers/yolo11n.ort_int8.onnx"), "\(SharedFiles.absence)"))
    func detector() throws {
        let graph = try Graph(contentsOf: SharedFiles.path("models/peers/yolo11n.ort_int8.onnx")).specialized()
        let expected = try Self.outputs(graph, "portable")
        for name in InstructionSets.available where name != "portable" {
            #expect(try Self.outputs(graph, name) == expected, "\(name)")
        }
    }
}
