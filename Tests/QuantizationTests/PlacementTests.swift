import ONNX
import Operators
import Quantization
import Tensors
import Testing

@Suite("Placement of integers")
struct PlacementTests {
    private func plan(_ graph: StaticGraph, _ policy: QuantizationPolicy = .init()) throws -> Placement {
        var planner = PlacementPlanner(graph, policy: policy)
        return try planner.plan()
    }

    private func integerNames(_ graph: StaticGraph, _ placement: Placement) -> Set<String> {
        Set(placement.integerNodes.map { graph.graph.nodes[$0].name })
    }

    private func group(of value: String, in placement: Placement) -> ParameterGroup? {
        placement.groupOfValue[value].map { placement.groups[$0] }
    }

    @Test("a chain quantises convolutions' inputs after the activation, and no output of the network")
    func chain() throws {
        var network = NetworkBuilder(input: [1, 3, 8, 8])
        network.convolution("x", "c1", channels: 8)
        network.silu("c1", "a1")
        network.convolution("a1", "c2", channels: 8)
        let placement = try plan(network.build(outputs: ["c2"]))
        #expect(Set(placement.groupOfValue.keys) == ["x", "a1"])
        #expect(placement.layers.map(\.name) == ["c1", "c2"])
        #expect(placement.integerNodes.isEmpty)
    }

    /// Split, bottleneck with a residual addition, concatenation, and a convolution that reads it: a C3k2 block.
    private func block() -> StaticGraph {
        var network = NetworkBuilder(input: [1, 4, 8, 8])
        network.convolution("x", "c1", channels: 8, kernel: 1)
        network.silu("c1", "a1")
        network.split("a1", "left", "right")
        network.convolution("right", "c2", channels: 4)
        network.silu("c2", "a2")
        network.add("right", "a2", "sum")
        network.concat(["left", "right", "sum"], "all")
        network.convolution("all", "c3", channels: 8, kernel: 1)
        return network.build(outputs: ["c3"])
    }

    @Test("split, concatenation and what they join share parameters; a residual addition is integer")
    func residualBlock() throws {
        let graph = block()
        let placement = try plan(graph)
        #expect(integerNames(graph, placement) == ["left.split", "all", "sum"])
        #expect(group(of: "a1", in: placement)?.values == ["a1", "left", "right", "sum", "all"])
        #expect(group(of: "a2", in: placement)?.values == ["a2"])
        #expect(placement.groupOfValue["c3"] == nil)
        #expect(placement.groupOfValue["c1"] == nil)
    }

    @Test("with float additions their operands are read before quantisation")
    func floatAdditions() throws {
        var policy = QuantizationPolicy()
        policy.residualAdditions = .float
        let graph = block()
        let placement = try plan(graph, policy)
        #expect(integerNames(graph, placement) == ["all"])
        #expect(placement.groupOfValue["a2"] == nil)
        #expect(placement.groupOfValue["sum"] == placement.groupOfValue["all"])
    }

    @Test("an addition whose operands nobody else wants as integers stays float")
    func plainAddition() throws {
        var network = NetworkBuilder(input: [1, 4, 8, 8])
        network.convolution("x", "c1", channels: 4)
        network.convolution("x", "c2", channels: 4)
        network.add("c1", "c2", "sum")
        network.convolution("sum", "c3", channels: 4)
        let graph = network.build(outputs: ["c3"])
        let placement = try plan(graph)
        #expect(placement.integerNodes.isEmpty)
        #expect(Set(placement.groupOfValue.keys) == ["x", "sum"])
    }

    @Test("a ReLU after a residual addition belongs to the addition")
    func additionWithReLU() throws {
        var network = NetworkBuilder(input: [1, 4, 8, 8])
        network.convolution("x", "c0", channels: 4)
        network.relu("c0", "a0")
        network.convolution("a0", "c1", channels: 4)
        network.add("c1", "a0", "sum")
        network.relu("sum", "a1")
        network.convolution("a1", "c2", channels: 4)
        let graph = network.build(outputs: ["c2"])
        let placement = try plan(graph)
        #expect(integerNames(graph, placement) == ["sum"])
        #expect(placement.fusedActivations.map { graph.graph.nodes[$0].name } == ["a1"])
        #expect(Set(placement.groupOfValue.keys) == ["x", "a0", "c1", "a1"])
    }

    @Test("an operator with a float reader is float, and so is one whose result leaves the network")
    func floatReaders() throws {
        var network = NetworkBuilder(input: [1, 4, 8, 8])
        network.convolution("x", "c1", channels: 4)
        let pooled = network.maxPool("c1", "pooled")
        network.convolution(pooled, "c2", channels: 4)
        network.node("Softmax", [pooled], "probabilities", shape: [1, 4, 8, 8])
        let graph = network.build(outputs: ["c2", "probabilities"])
        let placement = try plan(graph)
        #expect(placement.integerNodes.isEmpty)
        #expect(placement.groupOfValue["pooled"] != nil)
        #expect(placement.groupOfValue["c1"] == nil)

        let leaving = try plan(network.build(outputs: ["c2", "pooled"]))
        #expect(leaving.integerNodes.isEmpty)
    }

    @Test("only a value that depthwise convolutions alone read has a scale for each channel")
    func depthwise() throws {
        var network = NetworkBuilder(input: [1, 3, 8, 8])
        network.convolution("x", "c1", channels: 8, kernel: 1)
        network.convolution("c1", "d1", channels: 8, groups: 8)
        network.convolution("d1", "d2", channels: 8, groups: 8)
        network.convolution("d1", "c2", channels: 8)
        let graph = network.build(outputs: ["d2", "c2"])
        let placement = try plan(graph)
        #expect(group(of: "c1", in: placement)?.isPerChannel == true)
        #expect(group(of: "d1", in: placement)?.isPerChannel == false)
        var policy = QuantizationPolicy()
        policy.depthwiseActivations = .perTensor
        #expect(group(of: "c1", in: try plan(graph, policy))?.isPerChannel == false)
    }

    @Test("layers that are asked to be float are listed, and their inputs are not quantised")
    func floatLayers() throws {
        var network = NetworkBuilder(input: [1, 3, 8, 8])
        network.convolution("x", "c1", channels: 8)
        network.convolution("c1", "c2", channels: 8)
        network.convolution("c2", "c3", channels: 8)
        var policy = QuantizationPolicy()
        policy.floatLayers = ["c2"]
        let placement = try plan(network.build(outputs: ["c3"]), policy)
        #expect(Set(placement.groupOfValue.keys) == ["x", "c2"])
        #expect(placement.floatLayers == [FloatLayer(name: "c2", reason: "asked for")])
    }

    @Test("the convolution that decodes box distributions stays float")
    func boxDistributions() throws {
        var network = NetworkBuilder(input: [1, 3, 8, 8])
        network.convolution("x", "c1", channels: 16)
        network.node("Softmax", ["c1"], "probabilities", shape: [1, 16, 8, 8], attributes: ["axis": .int(1)])
        network.node(
            "Transpose", ["probabilities"], "turned", shape: [1, 16, 8, 8], attributes: ["perm": .ints([0, 1, 3, 2])])
        network.convolution("turned", "expectation", channels: 1, kernel: 1)
        let placement = try plan(network.build(outputs: ["expectation"]))
        #expect(placement.layers.map(\.name) == ["c1"])
        #expect(placement.floatLayers.map(\.name) == ["expectation"])
    }

    @Test("a network without convolutions is refused with the reason")
    func nothing() {
        var network = NetworkBuilder(input: [1, 3, 8, 8])
        network.relu("x", "y")
        let graph = network.build(outputs: ["y"])
        #expect(throws: QuantizationError.self) { try plan(graph) }
    }
}
