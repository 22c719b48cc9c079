import Foundation
import ONNX
import SwiftProtobuf
import Tensors

/// Models as messages, to say what a ``Graph`` cannot.
enum ModelBuilder {
    /// `y = Relu(x)` on 1x4 float32.
    static func relu() -> ONNXModelProto {
        var model = ONNXModelProto()
        model.irVersion = 8
        var operatorSet = ONNXOperatorSetIdProto()
        operatorSet.version = 17
        model.opsetImport = [operatorSet]
        model.graph.name = "net"
        model.graph.input = [value("x", [1, 4])]
        model.graph.output = [value("y", [1, 4])]
        model.graph.node = [node("Relu", ["x"], ["y"], name: "relu")]
        return model
    }

    static func node(_ type: String, _ inputs: [String], _ outputs: [String], name: String = "") -> ONNXNodeProto {
        var node = ONNXNodeProto()
        node.name = name
        node.opType = type
        node.input = inputs
        node.output = outputs
        return node
    }

    static func value(_ name: String, _ extents: [Int64], _ type: ElementType = .float32) -> ONNXValueInfoProto {
        var value = ONNXValueInfoProto()
        value.name = name
        value.type.tensorType.elemType = Int32(type.rawValue)
        value.type.tensorType.shape.dim = extents.map { extent in
            var dimension = ONNXTensorShapeProto.Dimension()
            dimension.dimValue = extent
            return dimension
        }
        return value
    }

    /// A tensor message without data.
    static func tensor(_ name: String, _ type: ElementType, _ dims: [Int64]) -> ONNXTensorProto {
        var tensor = ONNXTensorProto()
        tensor.name = name
        tensor.dataType = Int32(type.rawValue)
        tensor.dims = dims
        return tensor
    }

    static func entry(_ key: String, _ value: String) -> ONNXStringStringEntryProto {
        var entry = ONNXStringStringEntryProto()
        entry.key = key
        entry.value = value
        return entry
    }

    static func graph(_ model: ONNXModelProto) throws -> Graph {
        try Graph(serialized: model.serializedBytes(), path: "net.onnx")
    }

    /// The Relu model with one more initialiser.
    static func graph(withInitializer tensor: ONNXTensorProto) throws -> Graph {
        var model = relu()
        model.graph.initializer.append(tensor)
        return try graph(model)
    }
}

/// A folder that is gone when the value is.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("sightline-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ bytes: Data, to name: String) throws -> String {
        let file = path + "/" + name
        try bytes.write(to: URL(fileURLWithPath: file))
        return file
    }
}
