import Foundation
import ONNX
import Tensors

/// Networks of a few layers, made here, for tests that need no files from elsewhere.
public enum SmallNetworks {
    /// A road network of two maps of two channels at the input's size: what is brighter than the middle is drivable.
    public static func road(width: Int = 64, height: Int = 32) -> Graph {
        let weights = Tensor([0, 0, 0, 1, 1, 1] as [Float], shape: [2, 3, 1, 1])
        let bias = Tensor([1.5, 0] as [Float], shape: [2])
        let laneBias = Tensor([9, 0] as [Float], shape: [2])
        return Graph(
            name: "road", operatorSetVersion: 13,
            inputs: [image(width, height)],
            outputs: [map("da", width, height), map("ll", width, height)],
            nodes: [
                Node(name: "drivable", operatorType: "Conv", inputs: ["images", "w", "b"], outputs: ["da"]),
                Node(name: "lanes", operatorType: "Conv", inputs: ["images", "w", "lb"], outputs: ["ll"]),
            ],
            initializers: ["w": weights, "b": bias, "lb": laneBias])
    }

    /// The same maps by way of eight channels, two of which are a thousand times as loud as those that count.
    public static func unevenRoad(width: Int = 64, height: Int = 32) -> Graph {
        var mix: [Float] = []
        for channel in 0..<8 {
            for color in 0..<3 { mix.append(Float(1 + (channel + color) % 3) * (channel < 2 ? 40 : 0.04)) }
        }
        let read = (0..<16).map { Float($0 < 8 || $0 % 8 < 2 ? 0 : 2) }
        var graph = road(width: width, height: height)
        graph.nodes.insert(Node(name: "mix", operatorType: "Conv", inputs: ["images", "m"], outputs: ["mixed"]), at: 0)
        for index in 1...2 { graph.nodes[index].inputs[0] = "mixed" }
        graph.initializers["m"] = Tensor(mix, shape: [8, 3, 1, 1])
        graph.initializers["w"] = Tensor(read, shape: [2, 8, 1, 1])
        return graph
    }

    /// A detection network in the layout of YOLO11 with one box around everything.
    public static func detection(size: Int = 64) -> Graph {
        let anchors = size / 8 * (size / 8) + size / 16 * (size / 16) + size / 32 * (size / 32)
        var box = [Float](repeating: 0, count: 6 * anchors)
        for anchor in 0..<anchors {
            box[anchor] = Float(size) / 2
            box[anchors + anchor] = Float(size) / 2
            box[2 * anchors + anchor] = Float(size) / 2
            box[3 * anchors + anchor] = Float(size) / 4
        }
        box[4 * anchors] = 0.9
        return Graph(
            name: "detection", operatorSetVersion: 13, inputs: [image(size, size)],
            outputs: [
                ValueInfo(
                    name: "output0", elementType: .float32, dimensions: [.fixed(1), .fixed(6), .fixed(anchors)])
            ],
            nodes: [
                Node(
                    name: "mean", operatorType: "ReduceMean", inputs: ["images"], outputs: ["m"],
                    attributes: ["axes": .ints([1, 2, 3]), "keepdims": .int(0)]),
                Node(name: "zero", operatorType: "Mul", inputs: ["m", "z"], outputs: ["n"]),
                Node(name: "boxes", operatorType: "Add", inputs: ["box", "n"], outputs: ["output0"]),
            ],
            initializers: [
                "z": Tensor(scalar: 0 as Float), "box": Tensor(box, shape: [1, 6, anchors]),
            ],
            metadata: ["names": "{0: 'car', 1: \"person\"}", "task": "detect", "stride": "32"])
    }

    private static func image(_ width: Int, _ height: Int) -> ValueInfo {
        ValueInfo(
            name: "images", elementType: .float32,
            dimensions: [.fixed(1), .fixed(3), .fixed(height), .fixed(width)])
    }

    private static func map(_ name: String, _ width: Int, _ height: Int) -> ValueInfo {
        ValueInfo(
            name: name, elementType: .float32, dimensions: [.fixed(1), .fixed(2), .fixed(height), .fixed(width)])
    }
}
