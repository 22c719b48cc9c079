import ONNX
import Tensors

/// Graphs that end as real networks do.
enum SampleGraphs {
    /// A network of which only the inputs and outputs are known.
    static func boundary(
        _ outputs: [(String, [Int], ElementType)], width: Int = 640, height: Int = 640, nodes: [Node] = []
    ) -> Graph {
        Graph(
            name: "sample", operatorSetVersion: 17,
            inputs: [
                ValueInfo(
                    name: "images", elementType: .float32,
                    dimensions: [.fixed(1), .fixed(3), .fixed(height), .fixed(width)])
            ],
            outputs: outputs.map { name, dimensions, type in
                ValueInfo(name: name, elementType: type, dimensions: dimensions.map(Dimension.fixed))
            }, nodes: nodes)
    }

    /// How an Ultralytics version joins the tensors of its scales.
    enum Joining: CaseIterable {
        /// Boxes and classes of a scale are concatenated, then the scales, then split (before 8.4).
        case splitAfter
        /// As before, but taken apart by two slices.
        case sliceAfter
        /// Boxes of all scales and classes of all scales are concatenated apart (since 8.4).
        case apart
    }

    /// The tail of YOLO (v8, 11): from each scale's convolutions to the output, with the shapes of all values.
    static func yoloTail(
        width: Int = 96, height: Int = 64, classCount: Int = 5, masks: Int = 0, joining: Joining
    ) -> (graph: Graph, shapes: [String: Shape]) {
        var builder = TailBuilder(width: width, height: height, classCount: classCount, masks: masks)
        builder.build(joining: joining)
        return (builder.graph, builder.shapes)
    }
}

private struct TailBuilder {
    let width: Int
    let height: Int
    let classCount: Int
    let masks: Int
    var graph: Graph
    var shapes: [String: Shape] = [:]
    let anchors: Int

    init(width: Int, height: Int, classCount: Int, masks: Int) {
        self.width = width
        self.height = height
        self.classCount = classCount
        self.masks = masks
        anchors = [8, 16, 32].reduce(0) { $0 + (width / $1) * (height / $1) }
        var outputs: [(String, [Int], ElementType)] = [("output0", [1, 4 + classCount + masks, anchors], .float32)]
        if masks > 0 { outputs.append(("output1", [1, masks, height / 4, width / 4], .float32)) }
        graph = SampleGraphs.boundary(outputs, width: width, height: height)
    }

    mutating func add(
        _ type: String, _ inputs: [String], _ output: String, _ shape: [Int],
        _ attributes: [String: AttributeValue] = [:]
    ) {
        graph.nodes.append(
            Node(
                name: "\(type) \(output)", operatorType: type, inputs: inputs, outputs: [output],
                attributes: attributes))
        shapes[output] = Shape(shape)
    }

    mutating func constant(_ name: String, _ values: [Int64]) {
        graph.initializers[name] = Tensor(values, shape: [values.count])
    }

    mutating func build(joining: SampleGraphs.Joining) {
        for (index, stride) in [8, 16, 32].enumerated() {
            let (h, w) = (height / stride, width / stride)
            add("Conv", ["features\(index)"], "box\(index)", [1, 64, h, w])
            add("Conv", ["features\(index)"], "class\(index)", [1, classCount, h, w])
            if masks > 0 {
                add("Conv", ["features\(index)"], "mask\(index)", [1, masks, h, w])
                add("Reshape", ["mask\(index)", "size"], "mask\(index)_flat", [1, masks, h * w])
            }
            if joining == .apart {
                add("Reshape", ["box\(index)", "size"], "box\(index)_flat", [1, 64, h * w])
                add("Reshape", ["class\(index)", "size"], "class\(index)_flat", [1, classCount, h * w])
            } else {
                add(
                    "Concat", ["box\(index)", "class\(index)"], "both\(index)", [1, 64 + classCount, h, w],
                    ["axis": .int(1)])
                add("Reshape", ["both\(index)", "size"], "both\(index)_flat", [1, 64 + classCount, h * w])
            }
        }
        join(joining)
        addDistanceDecoding()
        add("Sigmoid", ["logits"], "scores", [1, classCount, anchors])
        var parts = ["boxes", "scores"]
        if masks > 0 {
            add(
                "Concat", (0..<3).map { "mask\($0)_flat" }, "coefficients", [1, masks, anchors], ["axis": .int(2)])
            parts.append("coefficients")
        }
        add("Concat", parts, "output0", [1, 4 + classCount + masks, anchors], ["axis": .int(1)])
    }

    private mutating func join(_ joining: SampleGraphs.Joining) {
        let total = 64 + classCount
        switch joining {
        case .apart:
            add("Concat", (0..<3).map { "box\($0)_flat" }, "bins", [1, 64, anchors], ["axis": .int(-1)])
            add("Concat", (0..<3).map { "class\($0)_flat" }, "logits", [1, classCount, anchors], ["axis": .int(-1)])
        case .splitAfter:
            add("Concat", (0..<3).map { "both\($0)_flat" }, "both", [1, total, anchors], ["axis": .int(2)])
            constant("sizes", [64, Int64(classCount)])
            graph.nodes.append(
                Node(
                    name: "split", operatorType: "Split", inputs: ["both", "sizes"], outputs: ["bins", "logits"],
                    attributes: ["axis": .int(1)]))
            shapes["bins"] = [1, 64, anchors]
            shapes["logits"] = [1, classCount, anchors]
        case .sliceAfter:
            add("Concat", (0..<3).map { "both\($0)_flat" }, "both", [1, total, anchors], ["axis": .int(2)])
            constant("zero", [0])
            constant("bound", [64])
            constant("end", [Int64(total)])
            constant("axis", [1])
            add("Slice", ["both", "zero", "bound", "axis"], "bins", [1, 64, anchors])
            add("Slice", ["both", "bound", "end", "axis"], "logits", [1, classCount, anchors])
        }
    }

    /// Distribution Focal Loss, then distances to centre and size.
    private mutating func addDistanceDecoding() {
        graph.initializers["dfl"] = Tensor((0..<16).map(Float.init), shape: [1, 16, 1, 1])
        add("Reshape", ["bins", "size"], "bins4", [1, 4, 16, anchors])
        add("Transpose", ["bins4"], "bins16", [1, 16, 4, anchors], ["perm": .ints([0, 2, 1, 3])])
        add("Softmax", ["bins16"], "softmax", [1, 16, 4, anchors], ["axis": .int(1)])
        add("Conv", ["softmax", "dfl"], "means", [1, 1, 4, anchors])
        add("Reshape", ["means", "size"], "distances", [1, 4, anchors])
        add("Slice", ["distances", "a", "b", "c"], "near", [1, 2, anchors])
        add("Slice", ["distances", "b", "c", "c"], "far", [1, 2, anchors])
        add("Sub", ["anchors", "near"], "low", [1, 2, anchors])
        add("Add", ["anchors", "far"], "high", [1, 2, anchors])
        add("Add", ["low", "high"], "sum", [1, 2, anchors])
        add("Sub", ["high", "low"], "difference", [1, 2, anchors])
        add("Div", ["sum", "two"], "center", [1, 2, anchors])
        add("Concat", ["center", "difference"], "xywh", [1, 4, anchors], ["axis": .int(1)])
        add("Mul", ["xywh", "strides"], "boxes", [1, 4, anchors])
    }
}
