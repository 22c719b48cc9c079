import ONNX
import Operators
import TestSupport
import Tensors
import Testing

@Suite("Real networks become static graphs", .enabled(if: SharedFiles.exists("models"), "\(SharedFiles.absence)"))
struct NetworkSpecializationTests {
    private func network(_ name: String) throws -> StaticGraph {
        try Graph(contentsOf: SharedFiles.path("models/\(name).onnx")).specialized()
    }

    @Test("yolo11n at 640x640 keeps only what depends on the picture")
    func yolo11n() throws {
        let graph = try network("yolo11n")
        #expect(graph.types["images"]?.shape == [1, 3, 640, 640])
        #expect(graph.types["output0"]?.shape == [1, 84, 8400])
        #expect(
            graph.operators == [
                "Conv": 88, "Mul": 79, "Sigmoid": 78, "Concat": 23, "Add": 16, "Split": 11, "Reshape": 8, "MaxPool": 3,
                "Transpose": 3, "MatMul": 2, "Softmax": 2, "Resize": 2, "Slice": 2, "Sub": 2, "Div": 1,
            ])
    }

    @Test("yolo11n takes other sizes")
    func yolo11nSizes() throws {
        let graph = try Graph(contentsOf: SharedFiles.path("models/yolo11n.onnx"))
        #expect(
            try graph.specialized(inputShapes: ["images": [1, 3, 384, 640]]).types["output0"]?.shape == [1, 84, 5040])
        #expect(
            try graph.specialized(inputShapes: ["images": [2, 3, 320, 320]]).types["output0"]?.shape == [2, 84, 2100])
        // Not a multiple of the stride: the branches do not fit each other any more.
        #expect(throws: OperatorError.self) { try graph.specialized(inputShapes: ["images": [1, 3, 100, 100]]) }
    }

    @Test("the fixed networks lose their arithmetic on shapes")
    func others() throws {
        let yolov5n = try network("yolov5n_640").operators
        #expect(yolov5n["Shape"] == nil && yolov5n["Floor"] == nil && yolov5n["Cast"] == nil && yolov5n["Slice"] == nil)
        #expect(yolov5n["Concat"] == 17)
        let yolox = try network("yolox_nano").operators
        #expect(yolox["Slice"] == 4 && yolox["Conv"] == 113)
        let plus = try network("twinliteplus_small").operators
        #expect(plus["ConstantOfShape"] == nil && plus["Expand"] == nil && plus["Unsqueeze"] == nil)
        #expect(try network("twinlitenet_360x640").operators["Expand"] == nil)
    }

    @Test(
        "normalisations that follow a convolution are folded",
        arguments: [("twinlitenet_360x640", 7), ("twinliteplus_small", 7), ("twinliteplus_nano", 4)])
    func normalization(name: String, count: Int) throws {
        #expect(try network(name).foldingBatchNormalization().operators["BatchNormalization"] == count)
    }

    @Test(
        "the products of the networks are those that others count",
        arguments: [
            ("yolo11n", 3.241), ("yolox_nano", 0.523), ("yolov5n_640", 2.234), ("twinlitenet_360x640", 3.719),
            ("twinliteplus_small", 1.284), ("twinliteplus_nano", 0.489),
        ])
    func cost(name: String, convolutionBillions: Double) throws {
        let cost = NetworkCost(of: try network(name))
        let convolutions = cost.layers.filter { $0.operatorType.hasPrefix("Conv") }
        let sum = convolutions.reduce(0) { $0 + $1.multiplyAccumulates }
        #expect(abs(Double(sum) / 1e9 - convolutionBillions) < 0.001)
        #expect(cost.multiplyAccumulates >= sum)
    }

    @Test("a quantised file keeps its integers")
    func quantized() throws {
        let graph = try network("peers/yolo11n.ort_int8")
        #expect(graph.operators["Conv"] == 88)
        #expect(graph.graph.initializers.values.contains { $0.elementType == .int8 && $0.elementCount > 1000 })
    }
}
