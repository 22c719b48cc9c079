import Foundation
import ONNX
import Operators
import Quantization
import Tensors
import Testing

/// The whole quantiser on small networks, through the graph that it writes.
@Suite("Quantiser")
struct QuantizerTests {
    private static func samples(_ shape: Shape, count: Int = 6) -> InMemoryCalibrationSamples {
        var random = RandomNumbers(seed: 5)
        return InMemoryCalibrationSamples(
            (0..<count).map { _ in ["x": Tensor(random.normals(shape.elementCount), shape: shape)] })
    }

    private static func quantized(
        _ graph: StaticGraph, _ options: QuantizerOptions = QuantizerOptions()
    ) throws -> QuantizedModel {
        var network = ReferenceCalibrationNetwork(graph)
        var quantizer = Quantizer(graph, options: options)
        return try quantizer.quantize(samples: samples(graph.types["x"]?.shape ?? []), network: &network)
    }

    /// Signal-to-noise ratio of the quantised network's output on a picture that it was not calibrated with, decibels.
    private static func ratio(_ float: StaticGraph, _ model: QuantizedModel, _ output: String) throws -> Double {
        var random = RandomNumbers(seed: 77)
        let shape = float.types["x"]?.shape ?? []
        let x = Tensor(random.normals(shape.elementCount), shape: shape)
        let expected = try #require(try ReferenceExecutor(float).run(["x": x])[output]).array(of: Float.self)
        let actual = try #require(try ReferenceExecutor(model.graph).run(["x": x])[output]).array(of: Float.self)
        let signal = expected.reduce(0.0) { $0 + Double($1 * $1) }
        let noise = zip(expected, actual).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        return 10 * log10(signal / noise)
    }

    private static func chain() -> StaticGraph {
        var network = NetworkBuilder(input: [1, 4, 12, 12])
        network.convolution("x", "c1", channels: 16)
        network.silu("c1", "a1")
        network.convolution("a1", "c2", channels: 16, groups: 16)
        network.silu("c2", "a2")
        network.convolution("a2", "c3", channels: 8, kernel: 1, hasBias: false)
        network.node("Softmax", ["c3"], "y", shape: [1, 8, 12, 12], attributes: ["axis": .int(1)])
        return network.build(outputs: ["y", "c3"])
    }

    @Test("the written graph computes nearly the same, and says all of its arithmetic itself")
    func writtenGraph() throws {
        let float = Self.chain()
        let model = try Self.quantized(float)
        let ratio = try Self.ratio(float, model, "c3")
        #expect(ratio > 22, "\(ratio) dB")
        let graph = model.graph
        let convolutions = graph.nodes.filter { $0.operatorType == "Conv" }
        #expect(convolutions.count == 3)
        for node in convolutions {
            let makers = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.outputs[0], $0) })
            let input = try #require(makers[node.inputs[0]])
            let weights = try #require(makers[node.inputs[1]])
            #expect(input.operatorType == "DequantizeLinear" && weights.operatorType == "DequantizeLinear")
            #expect(try #require(makers[input.inputs[0]]).operatorType == "QuantizeLinear")
            let integers = try #require(graph.initializers[weights.inputs[0]])
            let scales = try #require(graph.initializers[weights.inputs[1]]).array(of: Float.self)
            #expect(integers.elementType == .int8 && scales.count == integers.shape[0] && scales.allSatisfy { $0 > 0 })
            #expect(integers.array(of: Int8.self).allSatisfy { $0 >= -127 })
            #expect(try #require(graph.initializers[weights.inputs[2]]).array(of: Int8.self).allSatisfy { $0 == 0 })
        }
    }

    @Test("names are unique, every value has a type, and unused constants are gone")
    func tidy() throws {
        let model = try Self.quantized(Self.chain())
        let graph = model.graph
        let outputs = graph.nodes.flatMap(\.outputs)
        #expect(Set(outputs).count == outputs.count)
        #expect(Set(graph.nodes.map(\.name)).count == graph.nodes.count)
        #expect(outputs.allSatisfy { model.staticGraph.types[$0] != nil })
        let read = Set(graph.nodes.flatMap(\.inputs))
        #expect(graph.initializers.keys.allSatisfy(read.contains))
        #expect(graph.initializers["c1.weight"] == nil)
        #expect(graph.metadata["sightline.quantization.samples"] == "6")
    }

    @Test("the same pictures give the same file, byte for byte")
    func reproducible() throws {
        #expect(
            try Self.quantized(Self.chain()).graph.serialized() == (try Self.quantized(Self.chain()).graph.serialized())
        )
    }

    @Test("a layer that is asked to stay in float does, and the report says so; a network of only such is refused")
    func floatLayers() throws {
        var options = QuantizerOptions()
        options.policy.floatLayers = ["c2"]
        let model = try Self.quantized(Self.chain(), options)
        #expect(model.layersKeptInFloat.map(\.name) == ["c2"])
        #expect(model.graph.nodes.count { $0.operatorType == "Conv" && $0.inputs[1].hasSuffix("_dequantized") } == 2)
        options.policy.floatLayers = []
        options.minimumSignalToNoiseRatio = 1000
        #expect {
            try Self.quantized(Self.chain(), options)
        } throws: { error in
            "\(error)".contains("c1") && !"\(error)".contains("\n")
        }
    }

    // MARK: - Channel scaling

    /// The second convolution reads channels of very different loudness.
    private static func unevenChannels(isActivated: Bool = true) -> StaticGraph {
        var network = NetworkBuilder(input: [1, 8, 10, 10])
        var random = RandomNumbers(seed: 31)
        var weights: [Float] = []
        for channel in 0..<8 { weights += random.normals(8, deviation: channel < 2 ? 8 : 0.02) }
        network.convolution("x", "c1", channels: 8, kernel: 1, weights: weights)
        if isActivated { network.silu("c1", "a1") }
        // Quiet channels matter as much as loud ones.
        var readers: [Float] = []
        for _ in 0..<4 {
            for channel in 0..<8 { readers.append(random.normal(deviation: channel < 2 ? 0.01 : 4)) }
        }
        network.convolution(isActivated ? "a1" : "c1", "c2", channels: 4, kernel: 1, weights: readers)
        return network.build(outputs: ["c2"])
    }

    private static func scaledChannels(_ graph: Graph) -> [Node] {
        graph.nodes.filter { $0.operatorType == "QuantizeLinear" && $0.attributes["axis"] != nil }
    }

    @Test("channels that differ get units of their own; readers see one scale, with the rest in their weights")
    func channelScaling() throws {
        let float = Self.unevenChannels()
        var options = QuantizerOptions()
        options.policy.channelScaling = .off
        let plain = try Self.quantized(float, options)
        #expect(Self.scaledChannels(plain.graph).isEmpty)
        options.policy.channelScaling = .whereItGains(minimumDecibels: 1)
        let scaled = try Self.quantized(float, options)
        let quantizer = try #require(Self.scaledChannels(scaled.graph).first)
        #expect(try #require(scaled.graph.initializers[quantizer.inputs[1]]).elementCount == 8)
        let reader = try #require(scaled.graph.nodes.first { $0.inputs.first == quantizer.outputs[0] })
        #expect(try #require(scaled.graph.initializers[reader.inputs[1]]).elementCount == 1)
        #expect(reader.attributes["axis"] == nil)
        let ratio = try Self.ratio(float, scaled, "c2")
        #expect(ratio > 22, "\(ratio) dB")
    }

    @Test("a unit for each channel never follows an operator on integers at once, which onnxruntime would refuse")
    func scaledChannelsBehindIntegers() throws {
        var options = QuantizerOptions()
        options.policy.channelScaling = .whereItGains(minimumDecibels: 1)
        let graph = try Self.quantized(Self.unevenChannels(isActivated: false), options).graph
        let quantizer = try #require(Self.scaledChannels(graph).first)
        let copy = try #require(graph.nodes.first { $0.outputs.first == quantizer.inputs[0] })
        #expect(copy.operatorType == "Concat" && copy.inputs == ["c1"])
    }

    @Test("even channels are left alone, and so are values that not only convolutions read")
    func noNeedForScaling() throws {
        #expect(Self.scaledChannels(try Self.quantized(Self.plainChain(isShared: false)).graph).isEmpty)
        #expect(Self.scaledChannels(try Self.quantized(Self.plainChain(isShared: true)).graph).isEmpty)
    }

    private static func plainChain(isShared: Bool) -> StaticGraph {
        var network = NetworkBuilder(input: [1, 8, 10, 10])
        network.convolution("x", "c1", channels: 8)
        network.relu("c1", "a1")
        network.convolution("a1", "c2", channels: 8)
        guard isShared else { return network.build(outputs: ["c2"]) }
        let pooled = network.maxPool("a1", "p1")
        network.convolution(pooled, "c3", channels: 8)
        return network.build(outputs: ["c2", "c3"])
    }
}
