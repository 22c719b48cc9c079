import ONNX
import Operators
import Platform
import SightlineInference
import Testing
import Tensors

@Suite("Engine")
struct EngineTests {
    private static func network(seed: UInt64 = 1) -> GraphBuilder {
        var builder = GraphBuilder(seed: seed)
        var x = builder.input([1, 8, 24, 24])
        for _ in 0..<6 {
            x = builder.node(
                "Relu",
                [
                    builder.node(
                        "Conv", [x, builder.constant([8, 8, 3, 3], -0.3...0.3)], ["pads": .ints([1, 1, 1, 1])])
                ])
        }
        builder.output(x)
        return builder
    }

    @Test("any number of threads gives the same results, run after run")
    func threads() throws {
        let builder = Self.network()
        let expected = try builder.engineOutputs()
        for threads in 1...4 {
            let engine = try builder.engine(EngineOptions(threads: threads))
            for _ in 0..<20 {
                try engine.run()
                #expect(engine.outputTensor(0) == expected[0])
            }
        }
    }

    @Test("a run whose deadline has passed stops, and the engine runs again")
    func deadline() throws {
        let builder = Self.network()
        let expected = try builder.engineOutputs()[0]
        for threads in 1...2 {
            let engine = try builder.engine(EngineOptions(threads: threads))
            #expect(try engine.run(deadline: MonotonicTime(nanoseconds: 1)) == .stopped(beforeLayer: 0))
            #expect(try engine.run(deadline: MonotonicTime.now + 60_000_000_000) == .completed)
            #expect(engine.outputTensor(0) == expected)
            // One nanosecond is less than the layers have ever taken, so the run need not begin.
            #expect(try engine.run(deadline: MonotonicTime.now + 1) == .stopped(beforeLayer: 0))
            #expect(try engine.run(deadline: nil) == .completed)
            #expect(engine.outputTensor(0) == expected)
        }
    }

    @Test("a run in slices gives the same result, and a whole run between them begins anew")
    func slices() throws {
        let builder = Self.network()
        let expected = try builder.engineOutputs()[0]
        for threads in 1...3 {
            let engine = try builder.engine(EngineOptions(threads: threads))
            // Nothing fits before a moment that has passed; one layer does not hold up a slice without an end.
            #expect(try engine.advance(until: MonotonicTime(nanoseconds: 1), isNew: true) == .stopped(beforeLayer: 0))
            for round in 0..<5 {
                var slices = 0
                var position = 0
                // Longer and longer, so that a layer fits in the end however slow the machine is.
                while case .stopped(let layer) = try engine.advance(
                    until: .now + 10_000 * Int64(slices + 1), isNew: slices == 0)
                {
                    #expect(layer >= position && layer < engine.layers.count)
                    position = layer
                    slices += 1
                    if slices == 20_000 { break }
                    if round == 4 && layer > 0 { break }
                }
                if round == 4 { try engine.run() }
                #expect(slices < 20_000)
                #expect(engine.outputTensor(0) == expected)
            }
        }
    }

    @Test("any value can be asked for, and what it does not need is not run")
    func chosenOutputs() throws {
        let builder = Self.network()
        let name = builder.graph.nodes[3].outputs[0]
        let engine = try builder.engine(EngineOptions(threads: 1, outputs: [name]))
        try engine.run()
        let expected = try ReferenceExecutor(builder.graph.specialized()).run(builder.samples, observing: [name])
        #expect(GraphBuilder.largestDifference(engine.outputTensor(0), try #require(expected[name])) < 1e-4)
        #expect(engine.layers.count < (try builder.engine().layers.count))
        #expect(throws: EngineError.unknownValue(name: "nowhere")) {
            try builder.engine(EngineOptions(outputs: ["nowhere"]))
        }
    }

    @Test("an unknown instruction set is refused with the list of those there are")
    func unknownInstructionSet() throws {
        #expect {
            try Self.network().engine(EngineOptions(instructionSet: "abacus"))
        } throws: { error in
            "\(error)".contains("abacus") && "\(error)".contains("portable")
        }
    }

    @Test("inputs of the wrong shape or type are refused in one line")
    func wrongInputs() throws {
        let engine = try Self.network().engine()
        for tensor in [
            Tensor(zeros: [1, 8, 24, 23], elementType: .float32), Tensor(zeros: [1, 8, 24, 24], elementType: .int8),
        ] {
            #expect {
                try engine.setInput(0, to: tensor)
            } throws: { error in
                "\(error)".hasPrefix("input input1") && !"\(error)".contains("\n")
            }
        }
    }

    @Test("layers carry their work, and timings follow them")
    func layers() throws {
        let builder = Self.network()
        let engine = try builder.engine(EngineOptions(threads: 1, measuresLayers: true))
        let work = engine.layers.map(\.multiplyAccumulates).reduce(0, +)
        #expect(work == 6 * 8 * 8 * 9 * 24 * 24)
        try engine.run()
        let timings = engine.layerTimings()
        #expect(timings.count == engine.layers.count)
        for timing in timings {
            #expect(timing.minimumMilliseconds >= 0)
            #expect(timing.minimumMilliseconds <= timing.meanMilliseconds + 1e-9)
        }
        #expect(try builder.engine().layerTimings().isEmpty)
    }

    @Test("an input that stays is kept from run to run")
    func keptInput() throws {
        let builder = Self.network()
        let engine = try builder.engine()
        try engine.run()
        let first = engine.outputTensor(0)
        try engine.run()
        #expect(engine.outputTensor(0) == first)
    }
}
