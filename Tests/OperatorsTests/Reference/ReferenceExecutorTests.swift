import ONNX
import Operators
import Tensors
import Testing

@Suite("Reference: executor")
struct ReferenceExecutorTests {
    /// y = relu(x + bias), z = y * y.
    static let graph = Graph(
        name: "small", operatorSetVersion: 17,
        inputs: [ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(1), .symbolic("n")])],
        outputs: [ValueInfo(name: "z", elementType: .float32, dimensions: [])],
        nodes: [
            Node(name: "add", operatorType: "Add", inputs: ["x", "bias"], outputs: ["sum"]),
            Node(name: "relu", operatorType: "Relu", inputs: ["sum"], outputs: ["y"]),
            Node(name: "square", operatorType: "Mul", inputs: ["y", "y"], outputs: ["z"]),
        ], initializers: ["bias": Tensor(scalar: Float(1))])

    @Test("nodes run in order and their values flow on")
    func run() throws {
        let results = try ReferenceExecutor(Self.graph).run(["x": floats([-3, 0, 2], [1, 3])])
        #expect(results == ["z": floats([0, 1, 9], [1, 3])])
    }

    @Test("any value can be observed: results, inputs and constants")
    func observation() throws {
        let input = floats([-3, 2], [1, 2])
        let results = try ReferenceExecutor(Self.graph).run(["x": input], observing: ["sum", "x", "bias"])
        #expect(results["sum"] == floats([-2, 3], [1, 2]))
        #expect(results["x"] == input)
        #expect(results["bias"] == Tensor(scalar: Float(1)))
        #expect(results["z"] == floats([0, 9], [1, 2]))
        #expect(throws: OperatorError.self) { try ReferenceExecutor(Self.graph).run(["x": input], observing: ["w"]) }
    }

    @Test("every value is shown once, in order")
    func visits() throws {
        var names: [String] = []
        try ReferenceExecutor(Self.graph).run(["x": floats([1], [1, 1])]) { name, _ in names.append(name) }
        #expect(names.suffix(3) == ["sum", "y", "z"])
        #expect(Set(names.prefix(2)) == ["x", "bias"])
        #expect(names.count == 5)
    }

    @Test("inputs that do not fit are refused by name")
    func inputs() {
        func message(_ inputs: [String: Tensor]) -> String {
            do {
                _ = try ReferenceExecutor(Self.graph).run(inputs)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(message([:]) == "input 'x': is missing")
        #expect(message(["y": counting([1])]).hasPrefix("input 'y': does not exist"))
        #expect(message(["x": Tensor(scalar: UInt8(1))]).hasPrefix("input 'x': has elements of type uint8"))
        #expect(message(["x": counting([2, 3])]).hasPrefix("input 'x': is 2x3, not"))
        #expect(message(["x": counting([3])]).hasPrefix("input 'x': is 3, not"))
    }

    @Test("a node that reads what nobody wrote is refused")
    func danglingInput() {
        var graph = Self.graph
        graph.nodes[0].inputs[1] = "nothing"
        #expect(throws: OperatorError.self) { try ReferenceExecutor(graph).run(["x": counting([1, 1])]) }
    }
}
