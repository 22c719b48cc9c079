import ONNX
import Operators
import Tensors
import Testing

@Suite("Summands that change nothing")
struct NegligibleAddendTests {
    /// y = quantised (x + a convolution of x's bytes), the convolution's weights being `weight`.
    private func network(weight: Float, isReadElsewhere: Bool = false) -> GraphBuilder {
        var builder = GraphBuilder()
        builder.input("x", [1, 2, 4, 4])
        builder.constant("scale", Tensor(scalar: Float(0.01)))
        builder.constant("zero", Tensor(scalar: UInt8(128)))
        builder.constant("weights", Tensor([Float](repeating: weight, count: 4), shape: [2, 2, 1, 1]))
        builder.constant("gain", Tensor([Float(0.5)], shape: [1]))
        builder.node("QuantizeLinear", ["x", "scale", "zero"], ["bytes"])
        builder.node("DequantizeLinear", ["bytes", "scale", "zero"], ["reals"])
        builder.node("Conv", ["reals", "weights"], ["c"])
        builder.node("Mul", ["gain", "c"], ["branch"])
        builder.node("Add", ["branch", "x"], ["sum"])
        builder.node("QuantizeLinear", ["sum", "scale", "zero"], ["y"])
        builder.output("y")
        if isReadElsewhere {
            builder.node("Relu", ["sum"], ["z"])
            builder.output("z")
        }
        return builder
    }

    @Test("a branch whose weights have decayed is left out, with the same integers")
    func decayed() throws {
        let graph = try network(weight: 1e-20).graph.specialized()
        #expect(graph.operators == ["QuantizeLinear": 1])
        let values = [0, -0.0, 1e-30, -1e-12, 0.005, -0.005, 0.015, 1, -1, 1e-9, 3e-10, 0.1, 0.2, 9, -9, 0.0049999]
        let x = Tensor((values + values).map { Float($0) }, shape: [1, 2, 4, 4])
        let with = try #require(try ReferenceExecutor(network(weight: 1e-20).graph).run(["x": x])["y"])
        let without = try #require(try ReferenceExecutor(graph).run(["x": x])["y"])
        #expect(with == without)
    }

    @Test("a branch that could tip one integer stays, and so does one whose sum is read as reals")
    func others() throws {
        #expect(try network(weight: 1e-9).graph.specialized().operators["Conv"] == 1)
        #expect(try network(weight: 1e-20, isReadElsewhere: true).graph.specialized().operators["Conv"] == 1)
    }
}
