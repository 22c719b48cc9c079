import ONNX
import Operators
import TestSupport
import Tensors
import Testing

@Suite("Real networks become static graphs")
struct NetworkSpecializationTests {
    private func operators(of graph: StaticGraph) -> [String: Int] {
        graph.graph.nodes.reduce(into: [:]) { $0[$1.operatorType, default: 0] += 1 }
    }

    @Test(
        "yolo11n at 640x640 keeps only what depends on the picture",
        .enabled(if: SharedFiles.exists("models/yolo11n.onnx"), "\(SharedFiles.absence)"))
    func yolo11n() throws {
        let graph = try Graph(contentsOf: SharedFiles.path("models/yolo11n.onnx")).specialized()
        #expect(graph.types["images"]?.shape == [1, 3, 640, 640])
        #expect(graph.types["output0"]?.shape == [1, 84, 8400])
        #expect(
            operators(of: graph) == [
                "Conv": 88, "Mul": 79, "Sigmoid": 78, "Concat": 23, "Add": 16, "Split": 11, "Reshape": 8, "MaxPool": 3,
                "Transpose": 3, "MatMul": 2, "Softmax": 2, "Resize": 2, "Slice": 2, "Sub": 2, "Div": 1,
            ])
    }
}
