import ONNX
import Operators
import Tensors
import Testing

@Suite("Networks with results of open size are split")
struct SplitNetworkTests {
    /// Boxes and scores from a picture, suppressed, with a count beside them, and a plain output.
    private static func detector() -> Graph {
        var builder = GraphBuilder()
        builder.input("x", [.symbolic("batch"), .fixed(5), .fixed(20)])
        builder.constant("boxes.start", Tensor([0] as [Int64], shape: [1]))
        builder.constant("boxes.end", Tensor([4] as [Int64], shape: [1]))
        builder.constant("scores.end", Tensor([5] as [Int64], shape: [1]))
        builder.constant("axis", Tensor([1] as [Int64], shape: [1]))
        builder.constant("most", Tensor(scalar: Int64(10)))
        builder.constant("overlap", Tensor(scalar: Float(0.3)))
        builder.constant("least", Tensor(scalar: Float(0.1)))
        builder.constant("column", Tensor(scalar: Int64(2)))
        builder.node("Slice", ["x", "boxes.start", "boxes.end", "axis"], ["corners"])
        builder.node("Transpose", ["corners"], ["boxes"], ["perm": .ints([0, 2, 1])])
        builder.node("Slice", ["x", "boxes.end", "scores.end", "axis"], ["scores"])
        builder.node("Sigmoid", ["scores"], ["plain"])
        builder.node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], ["kept"])
        builder.node("Gather", ["kept", "column"], ["indices"], ["axis": .int(1)])
        builder.node("Gather", ["boxes", "indices"], ["result"], ["axis": .int(1)])
        builder.node("Shape", ["result"], ["count"])
        builder.node("NonZero", ["plain"], ["unused"])
        builder.output("plain", "result", "count")
        return builder.graph
    }

    @Test("body and tail together give what the whole network gives")
    func equality() throws {
        let graph = Self.detector()
        let split = try graph.split()
        let tail = try #require(split.tail)
        #expect(tail.nodes.map(\.operatorType) == ["NonMaxSuppression", "Gather", "Gather", "Shape"])
        #expect(tail.inputs.map(\.name) == ["boxes", "scores"])
        #expect(tail.outputs.map(\.name) == ["result", "count"])
        #expect(split.body.graph.outputs.map(\.name) == ["plain", "boxes", "scores"])

        var builder = GraphBuilder()
        let input = ["x": builder.randomTensor([1, 5, 20], positive: true)]
        let whole = try ReferenceExecutor(graph).run(input)
        let body = try ReferenceExecutor(split.body).run(input)
        let rest = try ReferenceExecutor(tail).run(body.filter { name, _ in tail.inputs.contains { $0.name == name } })
        #expect(body["plain"] == whole["plain"])
        #expect(rest["result"] == whole["result"])
        #expect(rest["count"] == whole["count"])
        #expect(try #require(rest["result"]).shape[1] > 0)
    }

    @Test("other networks have no tail")
    func noTail() throws {
        var builder = GraphBuilder()
        builder.input("x", [2])
        builder.node("Relu", ["x"], ["y"])
        builder.output("y")
        #expect(try builder.graph.split().tail == nil)
    }

    @Test("without splitting, such a network is refused")
    func refusal() {
        let error = #expect(throws: OperatorError.self) { try Self.detector().specialized() }
        #expect(error?.description.contains("NonMaxSuppression") == true)
    }

    @Test("the tail takes only operators that can be computed")
    func unknownOperator() {
        var graph = Self.detector()
        graph.nodes.append(Node(name: "odd", operatorType: "Gizmo", inputs: ["result"], outputs: ["z"]))
        #expect(throws: OperatorError.unsupportedOperator(node: "odd", operatorType: "Gizmo", domain: "")) {
            try graph.split()
        }
    }
}
