import ONNX
import Operators
import SightlineInference
import Testing
import Tensors

@Suite("Quantised layers")
struct QuantizedLayerTests {
    /// Convolution of quantised values with an activation and a quantised result.
    private static func convolution(seed: Int) -> GraphBuilder {
        var builder = GraphBuilder(seed: UInt64(seed))
        let isDepthwise = seed % 5 == 4
        let groups = isDepthwise ? 0 : builder.random.choice([1, 1, 1, 1, 2])
        let channels =
            isDepthwise ? builder.random.choice([3, 16, 24, 64, 70]) : groups * builder.random.integer(1...20)
        let outputs = isDepthwise ? channels : groups * builder.random.choice([1, 3, 8, 16, 19, 32, 40, 64, 80])
        let kernel = builder.random.choice([[1, 1], [3, 3], [3, 3], [2, 3], [5, 5]])
        let dilation = builder.random.choice([1, 1, 2])
        let height = builder.random.integer(1...14) + (kernel[0] - 1) * dilation
        let width = builder.random.integer(1...23) + (kernel[1] - 1) * dilation
        let zeroPoint = builder.random.choice([0, 7, 128, 255])
        let x = builder.quantized(
            builder.input([builder.random.choice([1, 1, 2]), channels, height, width], range: 2), scale: 0.013,
            zeroPoint: zeroPoint, isSigned: seed % 3 == 0)
        let weights = builder.quantizedWeights(
            [outputs, isDepthwise ? 1 : channels / groups, kernel[0], kernel[1]])
        let bias = builder.constant([outputs])
        let pads = (0..<4).map { _ in builder.random.integer(0...min(2, kernel[0] - 1)) }
        let stride = builder.random.choice([1, 1, 2])
        var y = builder.node(
            "Conv", [x, weights, bias],
            [
                "group": .int(isDepthwise ? channels : groups), "pads": .ints(pads),
                "strides": .ints([stride, stride]), "dilations": .ints([dilation, dilation]),
            ])
        switch seed % 6 {
        case 0: y = builder.node("Mul", [y, builder.node("Sigmoid", [y])])
        case 1: y = builder.node("Relu", [y])
        case 2: y = builder.node("PRelu", [y, builder.constant([outputs, 1, 1])])
        case 3: y = builder.node("HardSwish", [y])
        default: break
        }
        builder.output(
            seed % 7 == 6
                ? y : builder.quantized(y, scale: 0.05, zeroPoint: seed % 6 == 1 ? 0 : 120, isSigned: seed % 2 == 0))
        return builder
    }

    @Test("int8 convolutions are within one quantisation step of the reference", arguments: 0..<60)
    func convolutions(seed: Int) throws {
        let builder = Self.convolution(seed: seed)
        let expected = try builder.referenceOutputs()[0]
        let engine = try builder.engine()
        try engine.run()
        let kinds = engine.layers.filter { $0.operatorType.hasPrefix("Conv") }.map(\.kind)
        #expect(kinds == [.int8])
        let difference = GraphBuilder.largestDifference(engine.outputTensor(0), expected)
        #expect(difference <= 0.0501)
        // Rounding differs rarely: the sum is the same, and only the last step of an activation's curve is not exact.
        let pairs = zip(engine.outputTensor(0).array(of: Float.self), expected.array(of: Float.self))
        let count = expected.elementCount
        let different = pairs.count { abs($0 - $1) > 0.02 }
        #expect(different <= count / 20 + 1)
    }

    @Test("a smooth activation whose channels have steps of their own is within one of them", arguments: 0..<12)
    func channelSteps(seed: Int) throws {
        var builder = GraphBuilder(seed: UInt64(seed + 900))
        let isDepthwise = seed % 2 == 1
        let channels = builder.random.choice([16, 24, 64, 80])
        let outputs = isDepthwise ? channels : builder.random.choice([5, 16, 48, 80])
        let x = builder.quantized(builder.input([1, channels, 9, 21], range: 2), scale: 0.013, zeroPoint: 100)
        let weights = builder.quantizedWeights([outputs, isDepthwise ? 1 : channels, 3, 3], scales: 0.002...0.004)
        let y = builder.node(
            "Conv", [x, weights, builder.constant([outputs])],
            ["group": .int(isDepthwise ? channels : 1), "pads": .ints([1, 1, 1, 1])])
        let activated =
            seed % 3 == 2
            ? builder.node("HardSwish", [y]) : builder.node("Mul", [y, builder.node("Sigmoid", [y])])
        let steps = builder.random.tensor([outputs], 0.003...0.03)
        let scales = builder.constant(steps)
        let zeros = builder.constant(
            Tensor(steps.array(of: Float.self).map { UInt8((0.3 / $0).rounded()) }, shape: [outputs]))
        let bytes = builder.node("QuantizeLinear", [activated, scales, zeros], ["axis": .int(1)])
        builder.output(builder.node("DequantizeLinear", [bytes, scales, zeros], ["axis": .int(1)]))
        let expected = try builder.referenceOutputs()[0].array(of: Float.self)
        let results = try builder.engineOutputs()
        let pixels = expected.count / outputs
        for (index, (left, right)) in zip(results[0].array(of: Float.self), expected).enumerated() {
            #expect(abs(left - right) <= 1.001 * steps.array(of: Float.self)[index / pixels])
        }
        for name in InstructionSets.available {
            #expect(try builder.engineOutputs(EngineOptions(threads: 2, instructionSet: name)) == results)
        }
    }

    /// A small map, enlarged, beside another one, and a pointwise convolution over both.
    private static func pyramid(
        seed: Int, isFirst: Bool, isReadElsewhere: Bool = false, kernel: Int = 1
    ) -> GraphBuilder {
        var builder = GraphBuilder(seed: UInt64(seed))
        let small = builder.quantized(builder.input([1, 12, 5, 7], range: 2), scale: 0.013, zeroPoint: 100)
        let scales = builder.constant(Tensor([Float(1), 1, 2, 2], shape: [4]))
        let large = builder.node(
            "Resize", [small, "", scales],
            [
                "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
                "nearest_mode": .string("floor"),
            ])
        let enlarged = builder.quantized(large, scale: 0.013, zeroPoint: 100)
        let other = builder.quantized(builder.input([1, 20, 10, 14], range: 2), scale: 0.013, zeroPoint: 100)
        let joined = builder.node("Concat", isFirst ? [enlarged, other] : [other, enlarged], ["axis": .int(1)])
        let x = builder.quantized(joined, scale: 0.013, zeroPoint: 100)
        let outputs = builder.random.choice([5, 16, 40, 64])
        let y = builder.node(
            "Conv", [x, builder.quantizedWeights([outputs, 32, kernel, kernel]), builder.constant([outputs])],
            ["pads": .ints([Int](repeating: kernel / 2, count: 4))])
        let activated = builder.node("Mul", [y, builder.node("Sigmoid", [y])])
        builder.output(builder.quantized(activated, scale: 0.05, zeroPoint: 20))
        if isReadElsewhere { builder.output(builder.node("Relu", [enlarged])) }
        return builder
    }

    @Test("sums over an enlarged map are computed on the small one, to the same bytes", arguments: 0..<8)
    func enlargements(seed: Int) throws {
        let builder = Self.pyramid(seed: seed, isFirst: seed % 2 == 0)
        let expected = try builder.referenceOutputs()[0]
        let operators = try builder.engine().layers.map(\.operatorType)
        #expect(!operators.contains("Resize") && operators.count { $0.hasPrefix("Conv") } == 2, "\(operators)")
        for name in InstructionSets.available {
            for threads in 1...3 {
                let outputs = try builder.engineOutputs(EngineOptions(threads: threads, instructionSet: name))
                #expect(GraphBuilder.largestDifference(outputs[0], expected) <= 0.0501)
                // What somebody else reads is enlarged: the same convolution in one.
                let whole = Self.pyramid(seed: seed, isFirst: seed % 2 == 0, isReadElsewhere: true)
                #expect(try whole.engineOutputs(EngineOptions(threads: 1, instructionSet: name))[0] == outputs[0])
            }
        }
    }

    @Test("an enlarged map that somebody else reads, or whose neighbours count, stays")
    func otherEnlargements() throws {
        for builder in [
            Self.pyramid(seed: 1, isFirst: true, isReadElsewhere: true),
            Self.pyramid(seed: 2, isFirst: true, kernel: 3),
        ] {
            #expect(try builder.engine().layers.contains { $0.operatorType == "Resize" })
            let pairs = zip(try builder.engineOutputs(), try builder.referenceOutputs())
            for (left, right) in pairs { #expect(GraphBuilder.largestDifference(left, right) <= 0.0501) }
        }
    }

    @Test("every instruction set and number of threads computes the same bytes", arguments: 0..<18)
    func determinism(seed: Int) throws {
        let builder = Self.convolution(seed: seed * 3 + 1)
        let expected = try builder.engineOutputs(EngineOptions(threads: 1, instructionSet: "portable"))
        for name in InstructionSets.available {
            for threads in 1...3 {
                #expect(try builder.engineOutputs(EngineOptions(threads: threads, instructionSet: name)) == expected)
            }
        }
    }

    @Test("an input that is quantised first is offered as interleaved pixels")
    func interleavedInput() throws {
        let builder = Self.interleaved()
        let engine = try builder.engine()
        guard case .pixelInterleaved(let rowStride, let pixelStride, let quantization) = engine.inputs[0].layout else {
            Issue.record("the input is not interleaved")
            return
        }
        #expect(pixelStride == 4 && rowStride >= 4 * 17 && quantization.zeroPoints == [3])
        try builder.expectReference(within: 0.01)
        let plain = try builder.engine(EngineOptions(threads: 1, prefersQuantizedInput: false))
        #expect(plain.inputs[0].layout == .rowMajor(.float32))
        #expect(
            try builder.engineOutputs(EngineOptions(threads: 1, prefersQuantizedInput: false))
                == builder.engineOutputs())
    }

    private static func interleaved() -> GraphBuilder {
        var builder = GraphBuilder(seed: 31)
        let x = builder.quantized(builder.input([1, 3, 9, 17]), scale: 1 / 255, zeroPoint: 3)
        let weights = builder.quantizedWeights([16, 3, 3, 3])
        let y = builder.node("Conv", [x, weights], ["pads": .ints([1, 1, 1, 1]), "strides": .ints([2, 2])])
        builder.output(builder.quantized(builder.node("Relu", [y]), scale: 0.01, zeroPoint: 0))
        return builder
    }

    @Test("concats of equally quantised parts, and splits, copy nothing")
    func concats() throws {
        var builder = GraphBuilder(seed: 77)
        let x = builder.quantized(builder.input([1, 8, 10, 12]), scale: 0.01, zeroPoint: 128)
        func convolution(_ builder: inout GraphBuilder, _ x: String, _ from: Int, _ to: Int, _ kernel: Int) -> String {
            let weights = builder.quantizedWeights([to, from, kernel, kernel], scales: 0.0002...0.001)
            let pad = kernel / 2
            let y = builder.node("Conv", [x, weights], ["pads": .ints([pad, pad, pad, pad])])
            return builder.quantized(
                builder.node("Mul", [y, builder.node("Sigmoid", [y])]), scale: 0.02, zeroPoint: 20)
        }
        let y = convolution(&builder, x, 8, 32, 1)
        let halves = builder.nodes("Split", [y], ["axis": .int(1)], outputs: 2)
        let z = convolution(&builder, halves[1], 16, 16, 3)
        let joined = builder.quantized(
            builder.node("Concat", [halves[0], halves[1], z], ["axis": .int(1)]), scale: 0.02, zeroPoint: 20)
        builder.output(convolution(&builder, joined, 48, 24, 3))
        let difference = GraphBuilder.largestDifference(
            try builder.engineOutputs()[0], try builder.referenceOutputs()[0])
        #expect(difference <= 0.0201)
        let layers = try builder.engine().layers
        #expect(!layers.dropFirst().dropLast().contains { $0.kind == .movement })
    }

    @Test("concats of differently quantised parts, sums, pools and resizes agree with the reference", arguments: 0..<6)
    func islands(seed: Int) throws {
        var builder = GraphBuilder(seed: UInt64(100 + seed))
        let a = builder.quantized(builder.input([1, 16, 10, 12]), scale: 0.01, zeroPoint: 100)
        let b = builder.quantized(builder.input([1, 16, 10, 12]), scale: 0.008, zeroPoint: 128)
        let sum = builder.quantized(builder.node("Add", [a, b]), scale: 0.02, zeroPoint: 120)
        let joined = builder.quantized(
            builder.node("Concat", [a, sum, b], ["axis": .int(1)]), scale: 0.015, zeroPoint: 127)
        let kernel = [3, 5][seed % 2]
        let pool = builder.quantized(
            builder.node(
                "MaxPool", [joined],
                [
                    "kernel_shape": .ints([kernel, kernel]), "pads": .ints([1, 2, 1, 2]),
                    "strides": .ints([1 + seed / 3, 1]),
                ]), scale: 0.015, zeroPoint: 127)
        let scales = builder.constant(Tensor([Float(1), 1, 2, 2], shape: [4]))
        let large = builder.quantized(
            builder.node(
                "Resize", [pool, "", scales],
                [
                    "mode": .string("nearest"), "nearest_mode": .string("floor"),
                    "coordinate_transformation_mode": .string("asymmetric"),
                ]), scale: 0.015, zeroPoint: 127)
        // Weights are small, so that a step's difference in the convolution's input stays below one in its output.
        let weights = builder.quantizedWeights([8, 48, 3, 3], scales: 0.0002...0.001)
        let last = builder.node("Conv", [large, weights], ["pads": .ints([1, 1, 1, 1])])
        builder.output(builder.quantized(last, scale: 0.05, zeroPoint: 128))
        for (name, step) in [(sum, 0.02), (joined, 0.015), (pool, 0.015), (large, 0.015)] as [(String, Float)] {
            let expected = try ReferenceExecutor(builder.graph.specialized()).run(builder.samples, observing: [name])
            let engine = try builder.engine(EngineOptions(threads: 2, outputs: [name]))
            try engine.run()
            let difference = GraphBuilder.largestDifference(engine.outputTensor(0), try #require(expected[name]))
            // A sum that is rounded the other way is one step of 0.02 off, which becomes two of 0.015 behind the concat.
            #expect(difference <= (name == sum ? step : 2 * step) * 1.001)
        }
        let expected = try builder.referenceOutputs()[0]
        #expect(GraphBuilder.largestDifference(try builder.engineOutputs()[0], expected) <= 0.0501)
        #expect(try builder.engine().layers.allSatisfy { $0.kind != .reference })
    }

    @Test("chains of functions between quantisers become one table, exactly")
    func tables() throws {
        var builder = GraphBuilder(seed: 41)
        let x = builder.quantized(builder.input([1, 8, 6, 7], range: 6), scale: 0.05, zeroPoint: 128)
        let gate = builder.quantized(builder.node("Sigmoid", [x]), scale: 1 / 256, zeroPoint: 0)
        let y = builder.quantized(builder.node("Mul", [x, gate]), scale: 0.03, zeroPoint: 10)
        builder.output(y)
        let layers = try builder.engine().layers
        #expect(layers.count { $0.operatorType == "LookUp" } <= 1)
        try builder.expectReference(within: 1e-6)
    }

    @Test("transposed convolutions with kernel and stride of two run as integers", arguments: 0..<4)
    func transposed(seed: Int) throws {
        var builder = GraphBuilder(seed: UInt64(seed))
        let x = builder.quantized(builder.input([1, 12, 5, 9]), scale: 0.01, zeroPoint: 117)
        let weights = builder.quantizedWeights([12, [2, 8, 16, 19][seed], 2, 2], axis: 1)
        let y = builder.node("ConvTranspose", [x, weights], ["strides": .ints([2, 2])])
        builder.output(seed % 2 == 0 ? y : builder.quantized(y, scale: 0.01, zeroPoint: 128))
        try builder.expectReference(within: 0.02)
        #expect(try builder.engine().layers.contains { $0.kind == .int8 && $0.operatorType.hasPrefix("ConvTranspose") })
    }

    /// Convolutions of several dilations, summed, joined, normalised and bent: what a road network's blocks are.
    private static func pyramid(seed: Int) -> GraphBuilder {
        var builder = GraphBuilder(seed: UInt64(500 + seed))
        let parts = [[16, 12, 12], [8, 6, 6], [20, 4, 4]][seed % 3]
        let channels = parts.reduce(0, +) + parts[1]
        let x = builder.quantized(builder.input([1, 8, 9, 11]), scale: 0.01, zeroPoint: 117)
        let other =
            seed % 2 == 1
            ? builder.node("Conv", [builder.input([1, 4, 9, 11]), builder.constant([channels, 4, 1, 1])]) : ""
        let convolutions = [(parts[0], 1), (parts[1], 1), (parts[2], 2), (parts[1], 4)].map { count, dilation in
            builder.node(
                "Conv", [x, builder.quantizedWeights([count, 8, 3, 3], scales: 0.001...0.002)],
                [
                    "pads": .ints([dilation, dilation, dilation, dilation]),
                    "dilations": .ints([dilation, dilation]),
                ])
        }
        let first = builder.node("Add", [convolutions[1], convolutions[2]])
        let second = builder.node("Add", [first, convolutions[3]])
        var y = builder.node("Concat", [convolutions[0], convolutions[1], first, second], ["axis": .int(1)])
        if seed % 2 == 1 { y = builder.node("Add", [other, y]) }
        let (scale, shift) = (builder.constant([channels], 0.5...2), builder.constant([channels]))
        let (mean, variance) = (builder.constant([channels]), builder.constant([channels], 0.5...2))
        y = builder.node("BatchNormalization", [y, scale, shift, mean, variance])
        y = builder.node("PRelu", [y, builder.constant([channels, 1, 1])])
        if seed % 4 < 2 { builder.output(y) }
        let bytes: String
        if seed % 3 == 0 {
            let scales = builder.constant(builder.random.tensor([channels], 0.02...0.03))
            let zeros = builder.constant(Tensor([UInt8](repeating: 99, count: channels), shape: [channels]))
            let written = builder.node("QuantizeLinear", [y, scales, zeros], ["axis": .int(1)])
            bytes = builder.node("DequantizeLinear", [written, scales, zeros], ["axis": .int(1)])
        } else {
            bytes = builder.quantized(y, scale: 0.03, zeroPoint: 99)
        }
        builder.output(bytes)
        return builder
    }

    @Test("sums, joins and normalisations behind convolutions are one step with them", arguments: 0..<12)
    func pyramids(seed: Int) throws {
        let builder = Self.pyramid(seed: seed)
        let expected = try builder.referenceOutputs()
        for (actual, expected) in zip(try builder.engineOutputs(), expected) {
            #expect(GraphBuilder.largestDifference(actual, expected) <= 0.0301)
        }
        let layers = try builder.engine().layers
        #expect(!layers.contains { $0.operatorType == "Concat" || $0.operatorType == "Add" })
        #expect(layers.contains { $0.operatorType.hasPrefix("4 layers+") })
        let portable = try builder.engineOutputs(EngineOptions(threads: 1, instructionSet: "portable"))
        for name in InstructionSets.available {
            #expect(try builder.engineOutputs(EngineOptions(threads: 3, instructionSet: name)) == portable)
        }
    }

    /// A pointwise convolution with a DepthToSpace behind it, and a convolution of few channels of its result.
    private static func blocks(seed: Int) -> GraphBuilder {
        var builder = GraphBuilder(seed: UInt64(seed))
        let channels = [2, 8, 1, 3, 16, 4][seed % 6]
        let x = builder.quantized(builder.input([1, 9, 5, 8]), scale: 0.01, zeroPoint: 117)
        var y = builder.node(
            "Conv", [x, builder.quantizedWeights([4 * channels, 9, 1, 1]), builder.constant([4 * channels])])
        if seed % 3 != 1 { y = builder.node("PRelu", [y, builder.constant([4 * channels, 1, 1])]) }
        y = builder.node("DepthToSpace", [y], ["blocksize": .int(2), "mode": .string("DCR")])
        guard seed % 4 != 3 else {
            builder.output(y)
            return builder
        }
        y = builder.quantized(y, scale: 0.02, zeroPoint: 120)
        let outputs = [2, 1, 3, 4][seed % 4]
        y = builder.node(
            "Conv", [y, builder.quantizedWeights([outputs, channels, 3, 3], scales: 0.0002...0.001)],
            ["pads": .ints([1, 1, 1, 1])])
        y = builder.node("PRelu", [y, builder.constant([outputs, 1, 1])])
        builder.output(seed % 5 == 4 ? builder.quantized(y, scale: 0.01, zeroPoint: 100) : y)
        return builder
    }

    @Test("blocks of pixels are computed in one step and copied no further", arguments: 0..<24)
    func blocks(seed: Int) throws {
        let builder = Self.blocks(seed: seed)
        let difference = GraphBuilder.largestDifference(
            try builder.engineOutputs()[0], try builder.referenceOutputs()[0])
        #expect(difference <= 0.0201)
        let layers = try builder.engine().layers
        #expect(layers.count { $0.operatorType.hasPrefix("Conv") && $0.kind == .int8 } == (seed % 4 == 3 ? 1 : 2))
        // Bytes become reals for the caller, and these rows.
        #expect(seed % 5 == 4 || !layers.contains { $0.kind == .movement })
        #expect(!layers.contains { $0.operatorType.hasPrefix("DepthToSpace") })
        let expected = try builder.engineOutputs(EngineOptions(threads: 1, instructionSet: "portable"))
        for name in InstructionSets.available {
            #expect(try builder.engineOutputs(EngineOptions(threads: 2, instructionSet: name)) == expected)
        }
    }

    @Test("depthwise convolutions take one scale for each input channel")
    func perChannelActivations() throws {
        var builder = GraphBuilder(seed: 51)
        let x = builder.input([1, 16, 8, 8])
        let scales = builder.constant(builder.random.tensor([16], 0.004...0.02))
        let zeros = builder.constant(
            Tensor((0..<16).map { _ in UInt8(builder.random.integer(60...190)) }, shape: [16]))
        let bytes = builder.node("QuantizeLinear", [x, scales, zeros], ["axis": .int(1)])
        let reals = builder.node("DequantizeLinear", [bytes, scales, zeros], ["axis": .int(1)])
        let weights = builder.quantizedWeights([16, 1, 3, 3])
        let y = builder.node("Conv", [reals, weights], ["group": .int(16), "pads": .ints([1, 1, 1, 1])])
        builder.output(builder.quantized(y, scale: 0.01, zeroPoint: 128))
        let expected = try builder.referenceOutputs()[0]
        #expect(GraphBuilder.largestDifference(try builder.engineOutputs()[0], expected) <= 0.01001)
        #expect(try builder.engine().layers.contains { $0.kind == .int8 && $0.operatorType.hasPrefix("Conv") })
    }
}
