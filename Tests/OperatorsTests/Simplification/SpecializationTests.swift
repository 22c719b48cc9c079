import ONNX
import Operators
import Tensors
import Testing

@Suite("Specialisation")
struct SpecializationTests {
    /// A picture-to-vector head whose sizes are computed from the input's shape, as exporters write it.
    private static func dynamicHead() -> Graph {
        var builder = GraphBuilder()
        builder.input("x", [.symbolic("batch"), .fixed(2), .symbolic("height"), .symbolic("width")])
        builder.constant("two", Tensor(scalar: Int64(2)))
        builder.constant("zero", Tensor([0] as [Int64], shape: [1]))
        builder.constant("minus", Tensor([-1] as [Int64], shape: [1]))
        builder.node("Shape", ["x"], ["shape"])
        builder.node("Gather", ["shape", "two"], ["height"], ["axis": .int(0)])
        builder.node("Unsqueeze", ["height", "zero"], ["rows"])
        builder.constant("channels", Tensor([2] as [Int64], shape: [1]))
        builder.node("Concat", ["minus", "channels", "rows", "minus2"], ["target"], ["axis": .int(0)])
        builder.constant("minus2", Tensor([4] as [Int64], shape: [1]))
        builder.node("Reshape", ["x", "target"], ["y"])
        builder.output("y")
        return builder.graph
    }

    @Test("arithmetic on shapes disappears")
    func shapeArithmetic() throws {
        let graph = try Self.dynamicHead().specialized(inputShapes: ["x": [1, 2, 6, 8]])
        #expect(graph.operators == ["Reshape": 1])
        #expect(graph.types["y"]?.shape == [2, 2, 6, 4])
        #expect(graph.graph.outputs.first?.shape == [2, 2, 6, 4])
        #expect(graph.graph.initializers.count == 1)
    }

    @Test("the batch defaults to 1, height and width to the metadata's imgsz")
    func defaults() throws {
        var graph = Self.dynamicHead()
        graph.metadata["imgsz"] = "[6, 8]"
        #expect(try graph.specialized().types["x"]?.shape == [1, 2, 6, 8])
    }

    @Test("without a shape and without imgsz, the error says what to give")
    func openSize() {
        let error = #expect(throws: OperatorError.self) { try Self.dynamicHead().specialized() }
        #expect(error?.description.contains("batch x 2 x height x width") == true)
        #expect(error?.description.contains("x=1x3x640x640") == true)
    }

    @Test("a malformed imgsz is reported, not passed over")
    func malformedSize() {
        var graph = Self.dynamicHead()
        graph.metadata["imgsz"] = "[640"
        let error = #expect(throws: OperatorError.self) { try graph.specialized() }
        #expect(error?.description.contains("'imgsz', column 5") == true)
    }

    @Test(
        "shapes that contradict the file are refused",
        arguments: [[1, 3, 6, 8], [1, 2, 6], [1, 2, 0, 8], [1, 2, -6, 8], []] as [Shape])
    func contradiction(shape: Shape) {
        #expect(throws: OperatorError.self) { try Self.dynamicHead().specialized(inputShapes: ["x": shape]) }
    }

    @Test("an unknown input is refused with the names of those there are")
    func unknownInput() {
        #expect(
            throws: OperatorError.invalidInput(
                name: "images", detail: "the network has no such input; its inputs are x")
        ) { try Self.dynamicHead().specialized(inputShapes: ["images": [1, 2, 6, 8]]) }
    }

    @Test("one name stands for one extent, in all inputs")
    func sharedSymbol() throws {
        var builder = GraphBuilder()
        builder.input("a", [.symbolic("n"), .fixed(2)])
        builder.input("b", [.symbolic("n"), .fixed(2)])
        builder.node("Add", ["a", "b"], ["y"])
        builder.output("y")
        #expect(throws: OperatorError.self) {
            try builder.graph.specialized(inputShapes: ["a": [3, 2], "b": [1, 2]])
        }
        #expect(try builder.graph.specialized(inputShapes: ["a": [3, 2], "b": [3, 2]]).types["y"]?.shape == [3, 2])
    }

    @Test("constants are computed, but none that would be far larger than what is in the file")
    func foldingLimit() throws {
        var builder = GraphBuilder()
        builder.input("x", [1])
        builder.constant("one", Tensor([1] as [Float], shape: [1]))
        builder.constant("small", Tensor([1000] as [Int64], shape: [1]))
        builder.constant("large", Tensor([100_000_000] as [Int64], shape: [1]))
        builder.node("Expand", ["one", "small"], ["a"])
        builder.node("Add", ["x", "a"], ["y"])
        builder.node("Expand", ["one", "large"], ["b"])
        builder.node("ReduceSum", ["b"], ["z"])
        builder.output("y", "z")
        let graph = try builder.graph.specialized()
        #expect(graph.operators == ["Add": 1, "Expand": 1, "ReduceSum": 1])
        #expect(graph.graph.initializers["a"]?.elementCount == 1000)
    }

    @Test("a chain of large constants does not add up")
    func totalLimit() throws {
        var builder = GraphBuilder()
        builder.input("x", [1])
        builder.constant("shape", Tensor([4 << 20] as [Int64], shape: [1]))
        for index in 0..<100 {
            builder.constant("c\(index)", Tensor([Float(index)], shape: [1]))
            builder.node("Expand", ["c\(index)", "shape"], ["e\(index)"])
            builder.output("e\(index)")
        }
        let graph = try builder.graph.specialized()
        #expect(graph.graph.initializers.values.reduce(0) { $0 + $1.byteCount } < 300 << 20)
        #expect(try #require(graph.operators["Expand"]) > 30)
    }

    @Test("integers that stand for weights stay integers")
    func quantizedWeights() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 2])
        builder.constant("w", Tensor([1, -2, 3, 4] as [Int8], shape: [2, 2]))
        builder.constant("scale", Tensor(scalar: Float(0.5)))
        builder.node("DequantizeLinear", ["w", "scale"], ["real"])
        builder.node("MatMul", ["x", "real"], ["y"])
        builder.output("y")
        #expect(try builder.graph.specialized().operators == ["DequantizeLinear": 1, "MatMul": 1])
    }

    @Test("an output may be a constant, or an input")
    func constantOutput() throws {
        var builder = GraphBuilder()
        builder.input("x", [2, 3])
        builder.node("Shape", ["x"], ["shape"])
        builder.output("shape", "x")
        let graph = try builder.graph.specialized()
        #expect(graph.graph.nodes.isEmpty)
        #expect(graph.graph.initializers["shape"]?.array(of: Int64.self) == [2, 3])
        #expect(graph.graph.outputs.map(\.elementType) == [.int64, .float32])
    }

    @Test("operators without a rule are named with their node and domain")
    func unknownOperator() {
        var builder = GraphBuilder()
        builder.input("x", [2])
        builder.graph.nodes = [
            Node(name: "odd", operatorType: "Gizmo", domain: "com.example", inputs: ["x"], outputs: ["y"])
        ]
        builder.output("y")
        #expect(
            throws: OperatorError.unsupportedOperator(node: "odd", operatorType: "Gizmo", domain: "com.example")
        ) { try builder.graph.specialized() }
    }

    @Test("operator sets outside of the supported ones are refused", arguments: [8, 26])
    func operatorSet(version: Int) {
        #expect(throws: OperatorError.unsupportedOperatorSet(version: version)) {
            try GraphBuilder(version: version).graph.specialized()
        }
    }

    @Test("values without elements are constants, whatever they come from")
    func emptyValues() throws {
        var builder = GraphBuilder()
        builder.input("x", [1, 3])
        builder.constant("zero", Tensor([0] as [Int64], shape: [1]))
        builder.constant("axis", Tensor([1] as [Int64], shape: [1]))
        builder.node("Slice", ["x", "zero", "zero", "axis"], ["empty"])
        builder.node("Concat", ["x", "empty"], ["y"], ["axis": .int(1)])
        builder.output("y")
        let graph = try builder.graph.specialized()
        #expect(graph.operators == ["Concat": 1])
        #expect(graph.types["y"]?.shape == [1, 3])
    }
}
