import ONNX
import TestSupport
import Testing

@Suite("Import")
struct GraphImportTests {
    @Test("a file that is not there is named")
    func missingFile() {
        #expect(throws: ONNXError.unreadable(path: "/nowhere/net.onnx", detail: "No such file or directory")) {
            try Graph(contentsOf: "/nowhere/net.onnx")
        }
    }
}
