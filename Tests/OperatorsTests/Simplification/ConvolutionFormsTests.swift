import ONNX
import Operators
import Tensors
import Testing

@Suite("Layers that convolutions can express become convolutions")
struct ConvolutionFormsTests {
    @Test(
        "transposed convolutions whose windows do not overlap become pointwise ones", arguments: [2, 3], [true, false])
    func transposedConvolution(block: Int, hasBias: Bool) throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 5, 4, 3])
        builder.random("w", [5, 2, block, block])
        builder.random("b", [2])
        builder.random("slopes", [2, 1, 1])
        builder.node(
            "ConvTranspose", hasBias ? ["x", "w", "b"] : ["x", "w"], ["a"], ["strides": .ints([block, block])])
        builder.node("PRelu", ["a", "slopes"], ["y"])
        builder.output("y")
        let graph = try builder.graph.specialized()
        let rewritten = graph.replacingTransposedConvolutions()
        #expect(rewritten.graph.nodes.map(\.operatorType) == ["Conv", "PRelu", "DepthToSpace"])
        try expectSameResults(graph, rewritten)
    }

    @Test("other transposed convolutions stay, and so does what two read")
    func otherTransposedConvolutions() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 4, 4, 3])
        builder.random("w", [4, 2, 3, 3])
        builder.random("v", [4, 2, 2, 2])
        builder.node("ConvTranspose", ["x", "w"], ["a"], ["strides": .ints([2, 2])])
        builder.node("ConvTranspose", ["x", "v"], ["b"], ["strides": .ints([2, 2]), "group": .int(2)])
        builder.node("ConvTranspose", ["x", "v"], ["c"], ["strides": .ints([2, 2])])
        builder.node("Relu", ["c"], ["d"])
        builder.output("a", "b", "c", "d")
        let graph = try builder.graph.specialized()
        let rewritten = graph.replacingTransposedConvolutions()
        #expect(rewritten.operators == ["ConvTranspose": 2, "Conv": 1, "DepthToSpace": 1, "Relu": 1])
        try expectSameResults(graph, rewritten)
    }

    @Test("average pools of a picture become depthwise convolutions, their padding included")
    func picturePools() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 3, 12, 10])
        builder.constant("pads", Tensor([0, 0, 1, 1, 0, 0, 1, 1] as [Int64], shape: [8]))
        builder.node("Pad", ["x", "pads"], ["p"])
        let window: [String: AttributeValue] = ["kernel_shape": .ints([3, 3]), "strides": .ints([2, 2])]
        builder.node("AveragePool", ["p"], ["a"], window)
        builder.node(
            "AveragePool", ["a"], ["b"],
            window.merging(["pads": .ints([1, 1, 1, 1]), "count_include_pad": .int(1)]) { $1 })
        // Here every border pixel has a divisor of its own.
        builder.node("AveragePool", ["b"], ["c"], window.merging(["pads": .ints([1, 1, 1, 1])]) { $1 })
        builder.output("a", "b", "c")
        let graph = try builder.graph.specialized()
        let rewritten = graph.replacingPicturePools()
        #expect(rewritten.operators == ["Conv": 2, "AveragePool": 1])
        try expectSameResults(graph, rewritten)
    }

    @Test("each reader of a pool that is concatenated has a pool of its own")
    func ownPools() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 3, 12, 10])
        builder.random("w", [4, 3, 2, 2])
        let window: [String: AttributeValue] = ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]
        builder.node("AveragePool", ["x"], ["a"], window)
        builder.node("AveragePool", ["a"], ["b"], window)
        builder.node("Conv", ["x", "w"], ["c"], ["strides": .ints([2, 2])])
        builder.node("Concat", ["c", "a"], ["d"], ["axis": .int(1)])
        builder.node("Concat", ["a", "c"], ["e"], ["axis": .int(1)])
        builder.output("b", "d", "e")
        let graph = try builder.graph.specialized()
        let rewritten = graph.replacingPicturePools()
        #expect(rewritten.operators == ["Conv": 5, "Concat": 2])
        try expectSameResults(graph, rewritten)
    }

    @Test("a depthwise convolution of one tap folds into the one behind it, unless another reads it")
    func channelFactors() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 4, 5, 6])
        builder.random("factors", [4, 1, 1, 1])
        builder.random("w", [3, 4, 3, 3])
        builder.random("bias", [3])
        builder.node("Conv", ["x", "factors"], ["a"], ["group": .int(4)])
        builder.node("Conv", ["a", "w", "bias"], ["y"], ["pads": .ints([1, 1, 1, 1])])
        builder.node("Conv", ["x", "factors"], ["b"], ["group": .int(4)])
        builder.node("Conv", ["b", "w"], ["z"])
        builder.output("y", "z", "b")
        let graph = try builder.graph.specialized()
        let folded = graph.foldingChannelFactors()
        #expect(folded.operators == ["Conv": 3])
        try expectSameResults(graph, folded)
    }
}
