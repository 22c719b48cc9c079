import Foundation
import ONNX
import Operators
import Tensors
import Testing

@Test func dump() throws {
    for name in (ProcessInfo.processInfo.environment["DUMP"] ?? "").split(separator: ":") {
        let start = ContinuousClock.now
        let graph = try Graph(contentsOf: String(name))
        let parsed = ContinuousClock.now
        let fixed = try graph.specialized()
        let done = ContinuousClock.now
        let base = "/tmp/onnxw/dump/" + (name.split(separator: "/").last ?? "")
        print(base, parsed - start, done - parsed)
        try graph.write(to: base + ".graph.onnx")
        try fixed.graph.write(to: base + ".static.onnx")
        let lines = fixed.types.map { "\($0.key)\t\($0.value.elementType)\t\($0.value.shape.dimensions)" }
        try lines.joined(separator: "\n").write(toFile: base + ".types", atomically: true, encoding: .utf8)
    }
}
