import ONNX
import Operators
import Tensors
import Testing

@Suite("Branches of If")
struct BranchTests {
    /// A branch that scales x by a number of its own, under the same inner names in every branch.
    private func scaling(by factor: Float) -> Graph {
        Graph(
            name: "branch", operatorSetVersion: 17,
            outputs: [ValueInfo(name: "scaled", elementType: .float32, dimensions: [])],
            nodes: [Node(name: "scale", operatorType: "Mul", inputs: ["x", "factor"], outputs: ["scaled"])],
            initializers: ["factor": Tensor(scalar: factor)])
    }

    private func branching(_ name: String, on condition: String, yields output: String) -> Node {
        Node(
            name: name, operatorType: "If", inputs: [condition, "x"], outputs: [output],
            attributes: ["then_branch": .graph(scaling(by: 2)), "else_branch": .graph(scaling(by: 3))])
    }

    /// Two branches, whose conditions are how many axes x has, and that x is wider than 5.
    private func network(width: Int) -> Graph {
        Graph(
            name: "branches", operatorSetVersion: 17,
            inputs: [ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(1), .fixed(width)])],
            outputs: [ValueInfo(name: "sum", elementType: .float32, dimensions: [])],
            nodes: [
                Node(name: "shape", operatorType: "Shape", inputs: ["x"], outputs: ["shape"]),
                Node(name: "width", operatorType: "Gather", inputs: ["shape", "one"], outputs: ["width"]),
                Node(name: "is wide", operatorType: "Greater", inputs: ["width", "five"], outputs: ["is wide"]),
                branching("first", on: "is wide", yields: "a"),
                branching("second", on: "yes", yields: "b"),
                Node(name: "sum", operatorType: "Add", inputs: ["a", "b"], outputs: ["sum"]),
            ],
            initializers: [
                "one": Tensor(scalar: Int64(1)), "five": Tensor(scalar: Int64(5)), "yes": Tensor(scalar: true),
            ])
    }

    @Test("the branch whose condition shapes decide takes the node's place", arguments: [(4, Float(5)), (8, Float(4))])
    func taken(width: Int, factor: Float) throws {
        let graph = try network(width: width).specialized()
        #expect(graph.graph.nodes.allSatisfy { $0.operatorType != "If" })
        let x = Tensor((0..<width).map { Float($0) }, shape: [1, width])
        let sum = try #require(try ReferenceExecutor(graph).run(["x": x])["sum"])
        #expect(sum.array(of: Float.self) == (0..<width).map { Float($0) * factor })
    }

    @Test("branches are read from a file as they were written")
    func file() throws {
        let written = network(width: 8)
        let read = try Graph(serialized: try written.serialized())
        let x = Tensor([Float](repeating: 1, count: 8), shape: [1, 8])
        let sum = try #require(try ReferenceExecutor(try read.specialized()).run(["x": x])["sum"])
        #expect(sum.array(of: Float.self) == [Float](repeating: 4, count: 8))
        let branching = read.nodes.filter { $0.operatorType == "If" }
        #expect(branching.count == 2 && branching.allSatisfy { $0.inputs.dropFirst() == ["x"] })
    }

    @Test("a condition that depends on the picture is refused, by node")
    func unknown() throws {
        var graph = network(width: 8)
        graph.inputs.append(ValueInfo(name: "asked", elementType: .bool, dimensions: []))
        graph.nodes[3].inputs[0] = "asked"
        #expect {
            try graph.specialized()
        } throws: { error in
            "\(error)".contains("'first' (If)") && "\(error)".contains("not known at load")
        }
    }
}
