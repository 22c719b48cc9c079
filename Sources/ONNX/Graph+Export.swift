import Foundation
import SwiftProtobuf
import Tensors

extension Graph {
    /// Writes the graph as an ONNX file that other runtimes read too.
    ///
    /// - Throws: ``ONNXError/unwritable(path:detail:)`` when the system refuses or the model is too large for one file
    ///   (2 GiB).
    public func write(to path: String) throws(ONNXError) {
        let bytes = try serialized(path: path)
        let outcome = bytes.withUnsafeBytes { buffer in
            Result { () throws(BinaryFileError) in try BinaryFile.write([buffer], to: path) }
        }
        if case .failure(let error) = outcome { throw .unwritable(path: path, detail: error.detail) }
    }

    /// The bytes of the ONNX file. Equal graphs give equal bytes.
    ///
    /// - Parameter path: stands in errors.
    public func serialized(path: String = "model") throws(ONNXError) -> Data {
        do {
            return try GraphExporter(graph: self).model().serializedBytes()
        } catch {
            throw .unwritable(path: path, detail: "the model does not fit one ONNX file")
        }
    }
}
