import CKernels
import ONNX
import Operators
import SightlineInference
import Testing
import Tensors
import TestSupport

@Suite("Self-check")
struct SelfCheckTests {
    private static func golden(_ graph: StaticGraph) throws -> GoldenValues {
        try #require(try Engine.goldenValues(of: graph, options: EngineOptions(threads: 1)))
    }

    @Test("golden values survive a file's metadata, and hold on every instruction set and number of threads")
    func holds() throws {
        let graph = try SmallNetwork.graph()
        let golden = try #require(try GoldenValues(metadata: try Self.golden(graph).metadata))
        #expect(golden == (try Self.golden(graph)))
        #expect(golden.pictureCount == 3)
        for name in InstructionSets.available {
            for threads in 1...2 {
                let engine = try Engine(graph, options: EngineOptions(threads: threads, instructionSet: name))
                // Each picture: the quantised values of four layers or more, and the output.
                #expect(try engine.verify(golden) > 4)
                #expect(try engine.verify(golden, pictures: 3) == 3 * engine.verify(golden))
            }
        }
    }

    @Test("values do not depend on how the input is offered, nor on which outputs are asked for")
    func holdsForOtherForms() throws {
        let graph = try SmallNetwork.graph()
        let golden = try Self.golden(graph)
        let rows = try Engine(graph, options: EngineOptions(threads: 1, prefersQuantizedInput: false))
        #expect(try rows.verify(golden) > 4)
        let name = try #require(graph.graph.nodes.first { $0.operatorType == "MaxPool" }?.outputs[0])
        let part = try Engine(graph, options: EngineOptions(threads: 1, outputs: [name]))
        #expect(try part.verify(golden) > 2)
    }

    @Test("a check leaves the inputs as they were when the engine was made")
    func inputsAreReset() throws {
        let graph = try SmallNetwork.graph()
        let fresh = try Engine(graph, options: EngineOptions(threads: 1))
        try fresh.run()
        let engine = try Engine(graph, options: EngineOptions(threads: 1))
        try engine.verify(try Self.golden(graph))
        try engine.run()
        #expect(engine.outputTensor(0) == fresh.outputTensor(0))
    }

    /// The layer that the error names.
    private static func culprit(_ graph: StaticGraph, _ golden: GoldenValues) throws -> String? {
        do {
            try Engine(graph, options: EngineOptions(threads: 1)).verify(golden)
            return nil
        } catch EngineError.selfCheckFailed(let layer, let operatorType, let value, let instructionSet) {
            #expect(!value.isEmpty && !instructionSet.isEmpty)
            return "\(layer) \(operatorType)"
        }
    }

    @Test("one changed weight is found, and the layer that it belongs to is named")
    func changedWeight() throws {
        var graph = try SmallNetwork.graph()
        let golden = try Self.golden(graph)
        let convolutions = graph.graph.nodes.filter { $0.operatorType == "Conv" }
        let quantizer = try #require(graph.graph.nodes.first { $0.outputs[0] == convolutions[1].inputs[1] })
        var weights = try #require(graph.graph.initializers[quantizer.inputs[0]])
        weights.withMutableElements(as: Int8.self) { $0[17] = $0[17] > 0 ? -90 : 90 }
        graph.graph.initializers[quantizer.inputs[0]] = weights
        let culprit = try #require(try Self.culprit(graph, golden))
        #expect(culprit.contains("Conv+SiLU"))
        // The second convolution's step, not the first's: its activation's product names it.
        let product = graph.graph.nodes.filter { $0.operatorType == "Mul" }[1]
        #expect(culprit.hasPrefix(product.name + " "))
    }

    @Test("a changed scale is found at the layer that quantises with it")
    func changedScale() throws {
        var graph = try SmallNetwork.graph()
        let golden = try Self.golden(graph)
        let sum = try #require(graph.graph.nodes.first { $0.operatorType == "Add" })
        let quantizer = try #require(graph.graph.nodes.first { $0.inputs.first == sum.outputs[0] })
        graph.graph.initializers[quantizer.inputs[1]] = Tensor(scalar: Float(0.0402))
        #expect(try Self.culprit(graph, golden) != nil)
    }

    @Test("a kernel that computes one wrong byte is found, and its layer named")
    func wrongKernel() throws {
        let graph = try SmallNetwork.graph()
        let golden = try Self.golden(graph)
        let engine = try Engine(graph, options: EngineOptions(threads: 1)) { kernels in
            kernels.maximum_pool = { shape, region in
                sightline_kernels_named("portable").pointee.maximum_pool(shape, region)
                guard let region, region.pointee.rows > 0, region.pointee.columns > 3 else { return }
                region.pointee.output.storeBytes(
                    of: 1, toByteOffset: 3 * region.pointee.output_pixel_stride, as: UInt8.self)
            }
        }
        let pool = try #require(graph.graph.nodes.first { $0.operatorType == "MaxPool" })
        #expect {
            try engine.verify(golden)
        } throws: { error in
            guard case EngineError.selfCheckFailed(let layer, _, _, _) = error else { return false }
            return layer == pool.name && !"\(error)".contains("\n")
        }
    }

    @Test("a wrong float tail is found within its tolerance")
    func wrongTail() throws {
        var graph = try SmallNetwork.graph()
        let golden = try Self.golden(graph)
        let last = try #require(graph.graph.nodes.last { $0.operatorType == "Conv" })
        var bias = try #require(graph.graph.initializers[last.inputs[2]])
        bias.withMutableElements(as: Float.self) { $0.update(repeating: 2) }
        graph.graph.initializers[last.inputs[2]] = bias
        #expect(try Self.culprit(graph, golden) != nil)
    }

    @Test("values of another arithmetic are not compared; unreadable ones are refused in one line")
    func otherArithmetic() throws {
        let graph = try SmallNetwork.graph()
        var metadata = try Self.golden(graph).metadata
        metadata["sightline.golden.arithmetic"] = "100000"
        let engine = try Engine(graph, options: EngineOptions(threads: 1))
        #expect(try engine.verify(try #require(try GoldenValues(metadata: metadata))) == 0)
        #expect(try GoldenValues(metadata: [:]) == nil)
        for (key, text) in [
            ("sightline.golden.0", "value zz x"), ("sightline.golden.inputs", "a"), ("sightline.golden.arithmetic", ""),
        ] {
            var broken = metadata
            broken[key] = text
            #expect {
                try GoldenValues(metadata: broken)
            } throws: { error in
                "\(error)".hasPrefix("self-check: ") && !"\(error)".contains("\n")
            }
        }
    }
}
