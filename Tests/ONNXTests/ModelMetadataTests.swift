import ONNX
import TestSupport
import Testing

@Suite("Python literals")
struct PythonLiteralTests {
    @Test(
        "values are read as Python reads them",
        arguments: [
            ("1", .integer(1)), (" -1_000 ", .integer(-1000)), ("1.5e1", .real(15)), ("True", .boolean(true)),
            ("None", .none), ("'a'", .string("a")), ("\"it's\"", .string("it's")),
            (#"'it\'s \n\x41\u00e9\\'"#, .string("it's \nAé\\")),
            ("'🚗 car'", .string("🚗 car")), ("[]", .list([])), ("()", .list([])), ("(1)", .integer(1)),
            ("(1,)", .list([.integer(1)])),
            ("[1, [2, 3,],]", .list([.integer(1), .list([.integer(2), .integer(3)])])),
            ("{}", .dictionary([])),
            (
                "{0: 'a', 'b': False}",
                .dictionary([
                    .init(key: .integer(0), value: .string("a")), .init(key: .string("b"), value: .boolean(false)),
                ])
            ),
        ] as [(String, PythonLiteral)])
    func values(text: String, literal: PythonLiteral) throws {
        #expect(try PythonLiteralParser.parse(text) == literal)
    }

    @Test(
        "errors name the column",
        arguments: [
            ("", 1), ("{0: 'a' 1: 'b'}", 9), ("{0 'a'}", 4), ("[1, 2", 6), ("'abc", 1), ("[1] x", 5), ("nope", 1),
            ("{0: person}", 5), (#"'\q'"#, 2), (#"'\x4'"#, 4), ("1e999", 1),
            ("[1 2]", 4),
            ("'a\nb'", 1), (",", 1),
        ])
    func errors(text: String, column: Int) {
        let error = #expect(throws: PythonLiteralError.self) { try PythonLiteralParser.parse(text) }
        #expect(error?.column == column)
    }

    @Test("deep nesting is refused")
    func depth() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: PythonLiteralError.self) { try PythonLiteralParser.parse(text) }
    }
}

@Suite("Model metadata")
struct ModelMetadataTests {
    @Test("what Ultralytics writes is understood")
    func ultralytics() throws {
        let metadata = try ModelMetadata(properties: [
            "names": #"{0: 'person', 1: "driver's seat", 2: 'stop sign'}"#, "stride": "32", "task": "detect",
            "imgsz": "[384, 640]", "batch": "1", "channels": "3", "end2end": "True", "kpt_shape": "[17, 3]",
            "args": "{'nms': False, 'dynamic': True, 'opset': None}", "license": "AGPL-3.0", "unknown": "{{{",
        ])
        #expect(metadata.names == [0: "person", 1: "driver's seat", 2: "stop sign"])
        #expect(metadata.stride == 32)
        #expect(metadata.task == "detect")
        #expect(metadata.imageSize == .init(height: 384, width: 640))
        #expect(metadata.batch == 1 && metadata.channels == 3)
        #expect(metadata.isEndToEnd == true)
        #expect(metadata.keyPointShape == [17, 3])
        #expect(metadata.exportArguments == ["nms": "False", "dynamic": "True", "opset": "None"])
        #expect(metadata.texts == ["license": "AGPL-3.0"])
    }

    @Test("variants: a list of names, one edge, strides of all scales")
    func variants() throws {
        let metadata = try ModelMetadata(properties: ["names": "['a', 'b']", "imgsz": "640", "stride": "[8, 16, 32]"])
        #expect(metadata.names == [0: "a", 1: "b"])
        #expect(metadata.imageSize == .init(height: 640, width: 640))
        #expect(metadata.stride == 32)
        #expect(try ModelMetadata(properties: [:]) == ModelMetadata())
    }

    @Test(
        "a malformed entry is named",
        arguments: [
            ("names", "{0: 'a'", Optional(8)), ("names", "7", nil), ("names", "{'a': 'b'}", nil),
            ("names", "{0: 'a', 0: 'b'}", nil),
            ("stride", "big", 1), ("stride", "0", nil), ("stride", "[]", nil), ("imgsz", "[1, 2, 3]", nil),
            ("imgsz", "[99999999, 1]", nil), ("end2end", "1", nil), ("args", "[1]", nil), ("batch", "1.5", nil),
        ])
    func malformed(key: String, text: String, column: Int?) throws {
        let error = #expect(throws: ONNXError.self) { try ModelMetadata(properties: [key: text]) }
        guard case .invalidMetadata(key, column, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try #require(error).description.contains("'\(key)'"))
    }

    @Test(
        "a network's own metadata are read",
        .enabled(if: SharedFiles.exists("models/yolo11n.onnx"), "\(SharedFiles.absence)"))
    func network() throws {
        let metadata = try Graph(contentsOf: SharedFiles.path("models/yolo11n.onnx")).modelMetadata
        #expect(metadata.names.count == 80 && metadata.names[0] == "person" && metadata.names[79] == "toothbrush")
        #expect(metadata.stride == 32 && metadata.task == "detect")
        #expect(metadata.imageSize == .init(height: 640, width: 640))
    }
}
