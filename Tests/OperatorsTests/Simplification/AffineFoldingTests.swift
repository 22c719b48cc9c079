import ONNX
import Operators
import Tensors
import Testing

@Suite("Scales and shifts fold into the convolution before them")
struct AffineFoldingTests {
    private static func normalization(_ builder: inout GraphBuilder, _ channels: Int, _ input: String, _ output: String)
    {
        for name in ["gamma", "beta", "mean"] { builder.random("\(output).\(name)", [channels]) }
        builder.random("\(output).variance", [channels], positive: true)
        builder.node(
            "BatchNormalization",
            [input] + ["gamma", "beta", "mean", "variance"].map { "\(output).\($0)" }, [output],
            ["epsilon": .float(1e-3)])
    }

    @Test("batch normalisation after convolutions of all kinds", arguments: [1, 2, 4], [true, false])
    func batchNormalization(groups: Int, hasBias: Bool) throws {
        var builder = GraphBuilder()
        builder.input("x", [2, 4, 7, 6])
        builder.random("w", [8, 4 / groups, 3, 3])
        builder.random("b", [8])
        builder.random("v", [8, 6 / groups * 2, 2, 2])
        builder.node("Conv", hasBias ? ["x", "w", "b"] : ["x", "w"], ["a"], ["group": .int(groups)])
        Self.normalization(&builder, 8, "a", "c")
        builder.node("Relu", ["c"], ["d"])
        builder.node("ConvTranspose", ["d", "v"], ["e"], ["group": .int(groups), "strides": .ints([2, 2])])
        Self.normalization(&builder, 6 / groups * 2 * groups, "e", "y")
        builder.output("y")
        let graph = try builder.graph.specialized()
        let folded = graph.foldingBatchNormalization()
        #expect(folded.operators == ["Conv": 1, "Relu": 1, "ConvTranspose": 1])
        #expect(folded.graph.initializers.count == 4)
        try expectSameResults(graph, folded)
    }

    @Test("two in a row fold as one")
    func chain() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 2, 4, 4])
        builder.random("w", [3, 2, 1, 1])
        builder.node("Conv", ["x", "w"], ["a"])
        Self.normalization(&builder, 3, "a", "b")
        Self.normalization(&builder, 3, "b", "y")
        builder.output("y")
        let graph = try builder.graph.specialized()
        #expect(graph.foldingBatchNormalization().operators == ["Conv": 1])
        try expectSameResults(graph, graph.foldingBatchNormalization())
    }

    @Test("a convolution that others read too keeps its normalisation, and its weights")
    func sharedConvolution() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 2, 4, 4])
        builder.random("w", [3, 2, 1, 1])
        builder.node("Conv", ["x", "w"], ["a"])
        Self.normalization(&builder, 3, "a", "b")
        builder.node("Conv", ["x", "w"], ["c"])
        Self.normalization(&builder, 3, "c", "d")
        builder.node("Add", ["a", "b"], ["e"])
        builder.node("Add", ["d", "e"], ["y"])
        builder.output("y", "c")
        let graph = try builder.graph.specialized()
        #expect(graph.foldingBatchNormalization().operators == ["Conv": 2, "BatchNormalization": 2, "Add": 2])
        builder.graph.outputs.removeLast()
        let second = try builder.graph.specialized()
        #expect(second.foldingBatchNormalization().operators == ["Conv": 2, "BatchNormalization": 1, "Add": 2])
        try expectSameResults(second, second.foldingBatchNormalization())
    }

    @Test("normalisation after other operators stays")
    func standalone() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 3, 4, 4])
        Self.normalization(&builder, 3, "x", "y")
        builder.output("y")
        #expect(try builder.graph.specialized().foldingBatchNormalization().operators == ["BatchNormalization": 1])
    }

    @Test("arithmetic with constants per channel folds, of either side and any rank that broadcasts so")
    func channelArithmetic() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 2, 5, 5])
        builder.random("w", [3, 2, 3, 3])
        builder.random("c1", [1, 3, 1, 1])
        builder.random("c2", [3, 1, 1])
        builder.random("c3", [1], positive: true)
        builder.random("c4", [])
        builder.node("Conv", ["x", "w"], ["a"])
        builder.node("Mul", ["c1", "a"], ["b"])
        builder.node("Add", ["b", "c2"], ["c"])
        builder.node("Div", ["c", "c3"], ["d"])
        builder.node("Sub", ["c4", "d"], ["e"])
        builder.node("Sub", ["e", "c2"], ["y"])
        builder.output("y")
        let graph = try builder.graph.specialized()
        #expect(graph.foldingChannelArithmetic().operators == ["Conv": 1])
        try expectSameResults(graph, graph.foldingChannelArithmetic())
    }

    @Test("arithmetic that differs within a channel, or divides by the value, stays")
    func otherArithmetic() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 2, 3, 3])
        builder.random("w", [3, 2, 1, 1])
        builder.random("row", [3])
        builder.random("one", [1])
        builder.random("wide", [2, 3, 1, 1])
        builder.node("Conv", ["x", "w"], ["a"])
        builder.node("Mul", ["a", "row"], ["b"])
        builder.node("Conv", ["x", "w"], ["c"])
        builder.node("Div", ["one", "c"], ["d"])
        builder.node("Conv", ["x", "w"], ["e"])
        builder.node("Add", ["e", "wide"], ["f"])
        builder.output("b", "d", "f")
        let graph = try builder.graph.specialized()
        #expect(graph.foldingChannelArithmetic().operators == graph.operators)
    }
}
