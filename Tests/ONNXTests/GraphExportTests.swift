import Foundation
import ONNX
import SwiftProtobuf
import Tensors
import TestSupport
import Testing

@Suite("Export")
struct GraphExportTests {
    static let sample = Graph(
        name: "sample", operatorSetVersion: 17,
        inputs: [
            ValueInfo(name: "x", elementType: .float32, dimensions: [.symbolic("batch"), .fixed(3), .symbolic("")])
        ],
        outputs: [
            ValueInfo(name: "y", elementType: .float32, dimensions: [.symbolic("batch"), .fixed(3), .symbolic("")])
        ],
        nodes: [
            Node(
                name: "scale", operatorType: "Mul", inputs: ["x", "w"], outputs: ["a"],
                attributes: [
                    "int": .int(0), "float": .float(0), "string": .string(""), "ints": .ints([-1, 2]),
                    "floats": .floats([0.5]), "strings": .strings(["a", "ü"]),
                    "tensor": .tensor(Tensor([1, 2] as [Int8], shape: [2, 1])),
                ]),
            Node(
                name: "own", operatorType: "Fancy", domain: "com.example", inputs: ["a", "", "b"], outputs: ["y", ""]),
        ],
        initializers: [
            "w": Tensor(scalar: Float(-0.0)), "b": Tensor([1, 2, 3] as [Int64], shape: [3]),
            "unused": Tensor([true, false], shape: [2]), "empty": Tensor([] as [Float], shape: [0]),
        ],
        metadata: ["names": "{0: 'person'}", "stride": "32"])

    private func expectEqual(_ left: Graph, _ right: Graph) {
        #expect(left.name == right.name)
        #expect(left.operatorSetVersion == right.operatorSetVersion)
        #expect(left.inputs == right.inputs)
        #expect(left.outputs == right.outputs)
        #expect(left.initializers == right.initializers)
        #expect(left.metadata == right.metadata)
        #expect(left.nodes.count == right.nodes.count)
        for (first, second) in zip(left.nodes, right.nodes) {
            #expect(first.name == second.name && first.operatorType == second.operatorType)
            #expect(first.domain == second.domain && first.inputs == second.inputs && first.outputs == second.outputs)
            #expect(first.attributes.keys.sorted() == second.attributes.keys.sorted())
            for (name, value) in first.attributes {
                #expect("\(value)" == second.attributes[name].map { "\($0)" })
            }
        }
    }

    @Test("what is written is read back: every kind of attribute, tensor and dimension")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/sample.onnx"
        try Self.sample.write(to: path)
        expectEqual(try Graph(contentsOf: path), Self.sample)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["sample.onnx"])
    }

    @Test("equal graphs give equal bytes")
    func determinism() throws {
        #expect(try Self.sample.serialized() == Self.sample.serialized())
    }

    @Test("the file names its format, its operator sets and its producer")
    func header() throws {
        let model = try ONNXModelProto(serializedBytes: Self.sample.serialized())
        #expect(model.irVersion == 8)
        #expect(model.producerName == "sightline")
        #expect(model.opsetImport.map(\.domain) == ["", "com.example"])
        #expect(model.opsetImport[0].version == 17)
    }

    @Test("attributes of zero are written, since readers look whether they are there")
    func zeroAttributes() throws {
        let model = try ONNXModelProto(serializedBytes: Self.sample.serialized())
        let attributes = model.graph.node[0].attribute
        #expect(attributes.first { $0.name == "int" }?.hasI == true)
        #expect(attributes.first { $0.name == "float" }?.hasF == true)
        #expect(attributes.first { $0.name == "string" }?.hasS == true)
    }

    @Test("a folder that is not there is named")
    func unwritable() {
        #expect(throws: ONNXError.unwritable(path: "/nowhere/a.onnx", detail: "No such file or directory")) {
            try Self.sample.write(to: "/nowhere/a.onnx")
        }
    }

    @Test(
        "a real network survives the round trip",
        .enabled(if: SharedFiles.exists("models/yolox_nano.onnx"), "\(SharedFiles.absence)"))
    func network() throws {
        let graph = try Graph(contentsOf: SharedFiles.path("models/yolox_nano.onnx"))
        expectEqual(try Graph(serialized: graph.serialized()), graph)
    }
}

@Suite("Damaged models")
struct DamagedModelTests {
    private static let bytes = (try? GraphExportTests.sample.serialized()) ?? Data()

    private func expectGraphOrOneLine(_ bytes: Data) {
        do {
            _ = try Graph(serialized: bytes, path: "damaged.onnx")
        } catch {
            #expect(!error.description.contains("\n") && error.description.contains("damaged.onnx"))
        }
    }

    @Test("cut at any byte, a model gives one error or a smaller graph")
    func truncation() {
        #expect(Self.bytes.count > 400)
        for count in 0..<Self.bytes.count { expectGraphOrOneLine(Self.bytes.prefix(count)) }
    }

    @Test("with any bit flipped, a model gives one error or a graph")
    func bitFlips() {
        for bit in 0..<Self.bytes.count * 8 {
            var altered = Self.bytes
            altered[bit / 8] ^= 1 << (bit % 8)
            expectGraphOrOneLine(altered)
        }
    }

    @Test("random bytes give an error")
    func randomBytes() {
        var generator = SystemRandomNumberGenerator()
        for count in 1..<300 {
            expectGraphOrOneLine(Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }))
        }
    }
}
