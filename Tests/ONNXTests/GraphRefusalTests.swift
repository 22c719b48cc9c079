import Foundation
import ONNX
import SwiftProtobuf
import Tensors
import Testing

@Suite("Import refuses what it cannot take, and says what and where")
struct GraphRefusalTests {
    private func refusal(_ change: (inout ONNXModelProto) -> Void) throws -> String {
        var model = ModelBuilder.relu()
        change(&model)
        let error = #expect(throws: ONNXError.self) { try ModelBuilder.graph(model) }
        let message = try #require(error).description
        #expect(!message.contains("\n"))
        #expect(message.hasPrefix("net.onnx"))
        return message
    }

    @Test("files and folders that cannot be read")
    func unreadable() {
        #expect(throws: ONNXError.unreadable(path: "/nowhere/net.onnx", detail: "No such file or directory")) {
            try Graph(contentsOf: "/nowhere/net.onnx")
        }
        #expect(throws: ONNXError.unreadable(path: "/tmp", detail: "is not a regular file")) {
            try Graph(contentsOf: "/tmp")
        }
    }

    @Test("operator sets outside of the supported ones", arguments: [1, 8, 26, 1 << 40, -1])
    func operatorSet(version: Int) throws {
        let message = try refusal { $0.opsetImport[0].version = Int64(version) }
        #expect(message.contains("operator set \(version)"))
    }

    @Test("a file without an operator set, or with two")
    func operatorSets() throws {
        #expect(try refusal { $0.opsetImport = [] }.contains("operator set"))
        let message = try refusal { model in
            var other = ONNXOperatorSetIdProto()
            (other.domain, other.version) = ("ai.onnx", 13)
            model.opsetImport.append(other)
        }
        #expect(message.contains("17, 13"))
    }

    @Test("subgraphs and other attributes beyond numbers, by node, operator and attribute")
    func attributes() throws {
        for (kind, words) in [
            (ONNXAttributeProto.AttributeType.graph, "subgraphs"), (.sparseTensor, "sparse"), (.typeProto, "types"),
            (.tensors, "lists of tensors"), (.undefined, "no kind"), (.UNRECOGNIZED(77), "77"),
        ] {
            let message = try refusal { model in
                var attribute = ONNXAttributeProto()
                (attribute.name, attribute.type) = ("body", kind)
                model.graph.node[0].attribute = [attribute]
                model.graph.node[0].opType = "Loop"
            }
            for word in ["'relu'", "(Loop)", "'body'", words] { #expect(message.contains(word)) }
        }
    }

    @Test("attributes that occur twice, or belong to a local function")
    func strangeAttributes() throws {
        var attribute = ONNXAttributeProto()
        (attribute.name, attribute.type, attribute.i) = ("axis", .int, 1)
        #expect(try refusal { $0.graph.node[0].attribute = [attribute, attribute] }.contains("twice"))
        attribute.refAttrName = "outer"
        #expect(try refusal { $0.graph.node[0].attribute = [attribute] }.contains("function"))
    }

    @Test("values that nothing writes, that two write, and cycles")
    func wiring() throws {
        #expect(try refusal { $0.graph.node[0].input = ["z"] }.contains("'z'"))
        #expect(try refusal { $0.graph.output[0].name = "z" }.contains("output 'z'"))
        #expect(try refusal { $0.graph.node.append(ModelBuilder.node("Neg", ["x"], ["y"])) }.contains("'y'"))
        #expect(try refusal { $0.graph.node[0].output = ["x"] }.contains("'x'"))
        #expect(try refusal { $0.graph.input.append($0.graph.input[0]) }.contains("'x'"))
        let cycle = try refusal { model in
            model.graph.node = [ModelBuilder.node("Add", ["x", "b"], ["y"]), ModelBuilder.node("Neg", ["y"], ["b"])]
        }
        #expect(cycle.contains("cycle"))
    }

    @Test("names that are missing, or would break a line")
    func names() throws {
        #expect(try refusal { $0.graph.input[0].name = "" }.contains("no name"))
        #expect(try refusal { $0.graph.node[0].opType = "" }.contains("no name"))
        #expect(try refusal { $0.graph.node[0].name = "a\nb" }.contains("control characters"))
    }

    @Test("inputs of other kinds than tensors, or without a shape")
    func inputTypes() throws {
        #expect(try refusal { $0.graph.input[0].type.sequenceType = Data() }.contains("sequences"))
        #expect(try refusal { $0.graph.input[0].type.mapType = Data() }.contains("maps"))
        #expect(try refusal { $0.graph.input[0].type.tensorType.clearShape() }.contains("shape"))
        #expect(try refusal { $0.graph.input[0].type.tensorType.elemType = 8 }.contains("string"))
        #expect(try refusal { $0.graph.input[0].type.tensorType.elemType = 16 }.contains("bfloat16"))
    }

    @Test("files that hold no graph, no outputs, or something else")
    func otherFiles() throws {
        #expect(try refusal { $0.clearGraph() }.contains("no graph"))
        #expect(try refusal { $0.graph.output = [] }.contains("no outputs"))
        #expect(try refusal { $0.graph.sparseInitializer = [Data()] }.contains("sparse"))
        let text = #expect(throws: ONNXError.self) { try Graph(serialized: Data("hello, world".utf8), path: "a.onnx") }
        #expect(try #require(text).description.hasPrefix("a.onnx"))
        #expect(throws: ONNXError.self) { try Graph(serialized: Data(), path: "a.onnx") }
    }

    @Test("a file cut short names the byte at which its data should go on")
    func byteOffset() throws {
        let bytes = try ModelBuilder.relu().serializedBytes() as Data
        let error = #expect(throws: ONNXError.self) { try Graph(serialized: bytes.dropLast(3), path: "a.onnx") }
        guard case .damaged(_, let offset?, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(offset > 0 && offset < bytes.count)
    }

    @Test("nested messages of any depth are skipped, not followed")
    func depth() throws {
        var nested = Data()
        for _ in 0..<5_000 {
            var outer = Data([0x32])
            var count = nested.count
            while count >= 0x80 {
                outer.append(UInt8(count & 0x7f) | 0x80)
                count >>= 7
            }
            outer.append(UInt8(count))
            nested = outer + nested
        }
        let message = try refusal { model in
            var attribute = ONNXAttributeProto()
            (attribute.name, attribute.type, attribute.g) = ("body", .graph, nested)
            model.graph.node[0].attribute = [attribute]
        }
        #expect(message.contains("subgraphs"))
    }

    @Test("a small file that asks for millions of parts is refused before they are made")
    func manyParts() {
        // A graph field that holds nothing but empty nodes.
        let count = 3 << 20
        var bytes = Data([0x3a])
        var length = count * 2
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7f) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(length))
        bytes.append(Data((0..<count * 2).map { $0 % 2 == 0 ? 0x0a : 0x00 }))
        let error = #expect(throws: ONNXError.self) { try Graph(serialized: bytes, path: "a.onnx") }
        #expect(error?.description.contains("parts") == true)
    }

    @Test("text that is not UTF-8 is found")
    func badText() throws {
        var bytes = try ModelBuilder.relu().serializedBytes() as Data
        let position = try #require(bytes.firstRange(of: Data("relu".utf8))).lowerBound
        bytes[position] = 0xff
        #expect(throws: ONNXError.damaged(path: "a.onnx", byteOffset: position, detail: "text is not valid UTF-8")) {
            try Graph(serialized: bytes, path: "a.onnx")
        }
    }
}
