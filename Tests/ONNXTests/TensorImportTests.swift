import Foundation
import ONNX
import SwiftProtobuf
import Tensors
import Testing

@Suite("Tensors in models")
struct TensorImportTests {
    private func imported(_ tensor: ONNXTensorProto) throws -> Tensor? {
        try ModelBuilder.graph(withInitializer: tensor).initializers[tensor.name]
    }

    private func refusal(_ tensor: ONNXTensorProto) throws -> String {
        let error = #expect(throws: ONNXError.self) { try imported(tensor) }
        return try #require(error).description
    }

    @Test("raw data are taken for every element type", arguments: ElementType.allCases)
    func rawData(elementType: ElementType) throws {
        var expected = Tensor(zeros: [2, 2], elementType: elementType)
        expected.withMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = elementType == .bool ? UInt8(index % 2) : UInt8(index + 1) }
        }
        var proto = ModelBuilder.tensor("t", elementType, [2, 2])
        proto.rawData = expected.withBytes { Data($0) }
        #expect(try imported(proto) == expected)
    }

    @Test("typed fields are taken for every element type")
    func typedFields() throws {
        func check(_ expected: Tensor, _ fill: (inout ONNXTensorProto) -> Void) throws {
            var proto = ModelBuilder.tensor("t", expected.elementType, expected.shape.dimensions.map { Int64($0) })
            fill(&proto)
            #expect(try imported(proto) == expected)
        }
        try check(Tensor([1.5, -2] as [Float], shape: [2])) { $0.floatData = [1.5, -2] }
        try check(Tensor([1.5] as [Double], shape: [1])) { $0.doubleData = [1.5] }
        try check(Tensor([-5] as [Int64], shape: [])) { $0.int64Data = [-5] }
        try check(Tensor([5] as [UInt64], shape: [])) { $0.uint64Data = [5] }
        try check(Tensor([UInt32.max] as [UInt32], shape: [])) { $0.uint64Data = [UInt64(UInt32.max)] }
        try check(Tensor([-5] as [Int32], shape: [])) { $0.int32Data = [-5] }
        try check(Tensor([-5] as [Int16], shape: [])) { $0.int32Data = [-5] }
        try check(Tensor([65535] as [UInt16], shape: [])) { $0.int32Data = [65535] }
        try check(Tensor([-128] as [Int8], shape: [])) { $0.int32Data = [-128] }
        try check(Tensor([255] as [UInt8], shape: [])) { $0.int32Data = [255] }
        try check(Tensor([1.5] as [Float16], shape: [])) { $0.int32Data = [Int32(Float16(1.5).bitPattern)] }
        try check(Tensor([true, false], shape: [2])) { $0.int32Data = [1, 0] }
        try check(Tensor([] as [Float], shape: [0, 3])) { _ in }
    }

    @Test("data that do not fill the shape, or not the type, are refused before anything is allocated")
    func sizes() throws {
        var short = ModelBuilder.tensor("t", .float32, [1 << 40])
        #expect(try refusal(short).contains("needs"))
        short.rawData = Data(count: 8)
        #expect(try refusal(short).contains("8 are there"))
        #expect(try refusal(ModelBuilder.tensor("t", .float32, [1 << 40, 1 << 40])).contains("impossible"))
        #expect(try refusal(ModelBuilder.tensor("t", .float32, [0, 1 << 62, 1 << 62])).contains("impossible"))
        #expect(try refusal(ModelBuilder.tensor("t", .float32, [-1])).contains("impossible"))
        #expect(
            try refusal(ModelBuilder.tensor("t", .float32, Array(repeating: 1, count: 100))).contains("100 dimensions"))
        var wide = ModelBuilder.tensor("t", .uint8, [1])
        wide.int32Data = [256]
        #expect(try refusal(wide).contains("256"))
        var boolean = ModelBuilder.tensor("t", .bool, [1])
        boolean.rawData = Data([7])
        #expect(try refusal(boolean).contains("booleans"))
    }

    @Test(
        "element types without a counterpart are refused by name",
        arguments: [(8, "string"), (16, "bfloat16"), (22, "int4"), (99, "number 99")])
    func elementTypes(number: Int, name: String) throws {
        var proto = ModelBuilder.tensor("t", .float32, [1])
        proto.dataType = Int32(number)
        #expect(try refusal(proto).contains(name))
    }
}

@Suite("External data")
struct ExternalDataTests {
    private func model(_ entries: [(String, String)]) -> ONNXModelProto {
        var model = ModelBuilder.relu()
        var tensor = ModelBuilder.tensor("w", .float32, [2])
        tensor.dataLocation = .external
        tensor.externalData = entries.map { ModelBuilder.entry($0, $1) }
        model.graph.initializer = [tensor]
        return model
    }

    private func read(_ entries: [(String, String)], in folder: TemporaryFolder) throws -> Graph {
        try Graph(contentsOf: folder.write(model(entries).serializedBytes(), to: "net.onnx"))
    }

    @Test("tensors are read from files beside the model, from an offset")
    func reading() throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [1, 2, 3]
        _ = try folder.write(values.withUnsafeBytes { Data($0) }, to: "weights.bin")
        let graph = try read([("location", "weights.bin"), ("offset", "4"), ("length", "8")], in: folder)
        #expect(graph.initializers["w"] == Tensor([2, 3] as [Float], shape: [2]))
        #expect(try read([("location", "weights.bin")], in: folder).initializers["w"]?.array(of: Float.self) == [1, 2])
    }

    @Test(
        "locations outside of the model's folder, and sizes that do not fit, are refused",
        arguments: [
            [("location", "../weights.bin")], [("location", "/etc/passwd")], [("location", "a/../../b")],
            [("location", "")],
            [("location", "link.bin")], [("location", "missing.bin")], [("location", ".")], [],
            [("location", "weights.bin"), ("offset", "8")], [("location", "weights.bin"), ("offset", "-1")],
            [("location", "weights.bin"), ("offset", "9223372036854775807")],
            [("location", "weights.bin"), ("length", "12")], [("location", "weights.bin"), ("length", "x")],
        ])
    func refusals(entries: [(String, String)]) throws {
        let folder = try TemporaryFolder()
        let inner = folder.path + "/inner"
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        _ = try folder.write(Data(count: 12), to: "weights.bin")
        try Data(count: 12).write(to: URL(fileURLWithPath: inner + "/weights.bin"))
        try FileManager.default.createSymbolicLink(atPath: inner + "/link.bin", withDestinationPath: "../weights.bin")
        let path = try folder.write(model(entries).serializedBytes(), to: "inner/net.onnx")
        let error = #expect(throws: ONNXError.self) { try Graph(contentsOf: path) }
        #expect(try #require(error).description.contains("initializer 'w'"))
    }
}
