import Foundation
import ONNX
import SwiftProtobuf
import Tensors
import TestSupport
import Testing

@Suite("Import")
struct GraphImportTests {
    @Test("inputs, outputs, nodes and the operator set arrive")
    func simpleModel() throws {
        let graph = try ModelBuilder.graph(ModelBuilder.relu())
        #expect(graph.name == "net")
        #expect(graph.operatorSetVersion == 17)
        #expect(graph.inputs == [ValueInfo(name: "x", elementType: .float32, dimensions: [.fixed(1), .fixed(4)])])
        #expect(graph.outputs.map(\.name) == ["y"])
        #expect(graph.nodes.map(\.operatorType) == ["Relu"])
        #expect(graph.nodes[0].inputs == ["x"] && graph.nodes[0].outputs == ["y"])
    }

    @Test("open dimensions keep their names; -1 is an open one too")
    func openDimensions() throws {
        var model = ModelBuilder.relu()
        model.graph.input[0] = ModelBuilder.value("x", [0, 3, -1, 7])
        model.graph.input[0].type.tensorType.shape.dim[0].dimParam = "batch"
        let dimensions = try ModelBuilder.graph(model).inputs[0].dimensions
        #expect(dimensions == [.symbolic("batch"), .fixed(3), .symbolic(""), .fixed(7)])
    }

    @Test("nodes without a name, or with another's, get one of their own")
    func inventedNames() throws {
        var model = ModelBuilder.relu()
        model.graph.node = [
            ModelBuilder.node("Relu", ["x"], ["a"], name: "Abs_1"), ModelBuilder.node("Abs", ["a"], ["b"]),
            ModelBuilder.node("Neg", ["b"], ["c"], name: "same"), ModelBuilder.node("Neg", ["c"], ["y"], name: "same"),
        ]
        let names = try ModelBuilder.graph(model).nodes.map(\.name)
        #expect(Set(names).count == 4)
        #expect(names[0] == "Abs_1" && names[2] == "same")
        #expect(names[1].hasPrefix("Abs_1"))
    }

    @Test("nodes are put in order where the file has them otherwise")
    func sorting() throws {
        var model = ModelBuilder.relu()
        model.graph.node = [
            ModelBuilder.node("Add", ["a", "b"], ["y"]), ModelBuilder.node("Neg", ["a"], ["b"]),
            ModelBuilder.node("Relu", ["x"], ["a"]),
        ]
        #expect(try ModelBuilder.graph(model).nodes.map(\.operatorType) == ["Relu", "Neg", "Add"])
    }

    @Test("initialisers that old files list as inputs are no inputs")
    func initializerAmongInputs() throws {
        var model = ModelBuilder.relu()
        model.graph.input.append(ModelBuilder.value("w", [1]))
        var weight = ModelBuilder.tensor("w", .float32, [1])
        weight.floatData = [2]
        model.graph.initializer = [weight]
        let graph = try ModelBuilder.graph(model)
        #expect(graph.inputs.map(\.name) == ["x"])
        #expect(graph.initializers["w"] == Tensor([2] as [Float], shape: [1]))
    }

    @Test("Constant nodes of all numeric forms become initialisers")
    func constants() throws {
        var model = ModelBuilder.relu()
        func constant(_ output: String, _ attribute: String, _ fill: (inout ONNXAttributeProto) -> Void) {
            var node = ModelBuilder.node("Constant", [], [output])
            var proto = ONNXAttributeProto()
            proto.name = attribute
            fill(&proto)
            node.attribute = [proto]
            model.graph.node.append(node)
        }
        constant("a", "value") {
            $0.type = .tensor
            $0.t = ModelBuilder.tensor("", .int32, [2])
            $0.t.int32Data = [3, 4]
        }
        constant("b", "value_float") { ($0.type, $0.f) = (.float, 1.5) }
        constant("c", "value_floats") { ($0.type, $0.floats) = (.floats, [1, 2]) }
        constant("d", "value_int") { ($0.type, $0.i) = (.int, -7) }
        constant("e", "value_ints") { ($0.type, $0.ints) = (.ints, [5]) }
        let graph = try ModelBuilder.graph(model)
        #expect(graph.nodes.count == 1)
        #expect(graph.initializers["a"] == Tensor([3, 4] as [Int32], shape: [2]))
        #expect(graph.initializers["b"] == Tensor(scalar: Float(1.5)))
        #expect(graph.initializers["c"] == Tensor([1, 2] as [Float], shape: [2]))
        #expect(graph.initializers["d"] == Tensor(scalar: Int64(-7)))
        #expect(graph.initializers["e"] == Tensor([5] as [Int64], shape: [1]))
    }

    @Test("metadata arrive as written; twice the same key is refused")
    func metadata() throws {
        var model = ModelBuilder.relu()
        model.metadataProps = [ModelBuilder.entry("stride", "32"), ModelBuilder.entry("task", "detect")]
        #expect(try ModelBuilder.graph(model).metadata == ["stride": "32", "task": "detect"])
        model.metadataProps.append(ModelBuilder.entry("stride", "16"))
        #expect(throws: ONNXError.invalid(path: "net.onnx", place: "metadata entry 'stride'", detail: "occurs twice")) {
            try ModelBuilder.graph(model)
        }
    }

    @Test(
        "all networks at hand are read",
        .enabled(if: SharedFiles.exists("models"), "\(SharedFiles.absence)"),
        arguments: [
            ("yolo11n", 17, 2_616_260), ("yolov5n_640", 13, 1_968_221), ("yolox_nano", 11, 904_467),
            ("twinlitenet_360x640", 13, 440_851), ("twinliteplus_small", 12, 122_089),
            ("twinliteplus_nano", 12, 33_488),
        ])
    func networks(name: String, version: Int, parameters: Int) throws {
        let graph = try Graph(contentsOf: SharedFiles.path("models/\(name).onnx"))
        #expect(graph.operatorSetVersion == version)
        let weights = graph.initializers.values.filter { $0.elementType == .float32 }.reduce(0) { $0 + $1.elementCount }
        #expect(weights == parameters)
    }
}
