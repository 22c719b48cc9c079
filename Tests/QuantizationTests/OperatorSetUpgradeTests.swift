import ONNX
import Operators
import Quantization
import Tensors
import Testing

@Suite("Upgrade of the operator set")
struct OperatorSetUpgradeTests {
    private static func outputs(_ graph: StaticGraph, _ input: Tensor) throws -> [String: Tensor] {
        try ReferenceExecutor(graph).run(["x": input])
    }

    private static func sample(_ shape: Shape) -> Tensor {
        var random = RandomNumbers(seed: 3)
        return Tensor(random.normals(shape.elementCount), shape: shape)
    }

    @Test(
        "Softmax over several axes at once becomes one over a flattened value and computes the same",
        arguments: [
            (1, [2, 3, 4, 5]), (2, [2, 3, 4, 5]), (-2, [2, 3, 4, 5]), (3, [2, 3, 4, 5]), (1, [2, 7, 1, 1]),
            (0, [3, 2, 1]),
        ])
    func softmax(axis: Int, dimensions: [Int]) throws {
        for type in ["Softmax", "LogSoftmax"] {
            var network = NetworkBuilder(input: Shape(dimensions), operatorSetVersion: 11)
            network.node(type, ["x"], "y", shape: Shape(dimensions), attributes: ["axis": .int(axis)])
            let old = network.build(outputs: ["y"])
            let new = try OperatorSetUpgrade.upgrade(old, to: 13)
            #expect(new.graph.operatorSetVersion == 13)
            let x = Self.sample(Shape(dimensions))
            let expected = try #require(try Self.outputs(old, x)["y"])
            let actual = try #require(try Self.outputs(new, x)["y"])
            #expect(actual.shape == expected.shape)
            for (a, b) in zip(actual.array(of: Float.self), expected.array(of: Float.self)) {
                #expect(abs(a - b) < 1e-6)
            }
            // Where one axis is longer than 1, no reshaping is needed.
            let first = axis < 0 ? axis + dimensions.count : axis
            let long = dimensions[first...].count { $0 > 1 }
            #expect(new.graph.nodes.count == (long > 1 ? 3 : 1))
            #expect(new.graph.nodes.flatMap(\.outputs).allSatisfy { new.types[$0] != nil })
        }
    }

    @Test("lists that were attributes become inputs")
    func movedAttributes() throws {
        var network = NetworkBuilder(input: [2, 1, 4, 6], operatorSetVersion: 11)
        network.node("Squeeze", ["x"], "squeezed", shape: [2, 4, 6], attributes: ["axes": .ints([1])])
        network.node("Unsqueeze", ["squeezed"], "back", shape: [2, 4, 6, 1], attributes: ["axes": .ints([3])])
        network.node(
            "ReduceSum", ["back"], "y", shape: [2, 1, 6, 1], attributes: ["axes": .ints([1]), "keepdims": .int(1)])
        let old = network.build(outputs: ["y"])
        let new = try OperatorSetUpgrade.upgrade(old, to: 13)
        for node in new.graph.nodes {
            #expect(node.inputs.count == 2 && node.attributes["axes"] == nil)
            #expect(new.graph.initializers[node.inputs[1]]?.elementType == .int64)
        }
        let x = Self.sample([2, 1, 4, 6])
        #expect(try Self.outputs(new, x)["y"] == (try Self.outputs(old, x)["y"]))
    }

    @Test("what is new enough stays as it is; what no longer exists, or is too old, is refused with the node's name")
    func limits() throws {
        var network = NetworkBuilder(input: [1, 2, 3, 4], operatorSetVersion: 13)
        network.node("Softmax", ["x"], "y", shape: [1, 2, 3, 4], attributes: ["axis": .int(1)])
        #expect(try OperatorSetUpgrade.upgrade(network.build(outputs: ["y"]), to: 13).graph.nodes.count == 1)

        for (version, type, attributes) in [
            (10, "Relu", [:]),
            (11, "Resize", ["coordinate_transformation_mode": AttributeValue.string("tf_half_pixel_for_nn")]),
        ] {
            var network = NetworkBuilder(input: [1, 2, 3, 4], operatorSetVersion: version)
            network.node(type, ["x"], "culprit", shape: [1, 2, 3, 4], attributes: attributes)
            let graph = network.build(outputs: ["culprit"])
            #expect {
                try OperatorSetUpgrade.upgrade(graph, to: 13)
            } throws: { error in
                "\(error)".contains("culprit") && !"\(error)".contains("\n")
            }
        }
    }
}
