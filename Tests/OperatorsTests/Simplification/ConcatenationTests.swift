import ONNX
import Operators
import Tensors
import Testing

@Suite("Splits of concatenations")
struct SplitConcatenationTests {
    /// Two levels of boxes and scores, joined along channels, flattened, joined along places and split again.
    private func head(splitsAt boundary: Int, reads: Bool = false) -> GraphBuilder {
        var builder = GraphBuilder()
        var levels: [String] = []
        for (level, side) in [4, 2].enumerated() {
            builder.input("box\(level)", [1, 3, side, side])
            builder.input("score\(level)", [1, 2, side, side])
            builder.node("Concat", ["box\(level)", "score\(level)"], ["joined\(level)"], ["axis": .int(1)])
            builder.constant("shape\(level)", Tensor([1, 5, Int64(side * side)], shape: [3]))
            builder.node("Reshape", ["joined\(level)", "shape\(level)"], ["flat\(level)"])
            levels.append("flat\(level)")
        }
        builder.node("Concat", levels, ["all"], ["axis": .int(-1)])
        builder.constant("extents", Tensor([Int64(boundary), Int64(5 - boundary)], shape: [2]))
        builder.node("Split", ["all", "extents"], ["boxes", "scores"], ["axis": .int(1)])
        builder.output("boxes", "scores")
        if reads { builder.output("all") }
        return builder
    }

    @Test("boxes and scores that were only joined to be split stay apart")
    func head() throws {
        let graph = try head(splitsAt: 3).graph.specialized()
        let apart = graph.distributingConcatenations()
        #expect(apart.operators["Split"] == nil)
        #expect(apart.operators["Concat"] == 2)
        try expectSameResults(graph, apart)
    }

    @Test("splits elsewhere than between the parts, and values that somebody reads, stay")
    func others() throws {
        for builder in [head(splitsAt: 2), head(splitsAt: 3, reads: true)] {
            let graph = try builder.graph.specialized()
            let apart = graph.distributingConcatenations()
            #expect(apart.operators["Split"] == 1)
            try expectSameResults(graph, apart)
        }
    }
}
