import Foundation
import SwiftProtobuf
import Tensors

extension Graph {
    /// The versions of the default operator set that can be imported. What a single operator meant before or after the
    /// forms that are implemented is refused at that operator's node.
    public static let supportedOperatorSets = 9...25

    /// Reads an ONNX file, and the external data files beside it.
    ///
    /// - Throws: ``ONNXError`` with the path, and the node, value or byte at fault. Any file gives a graph or an error;
    ///   memory stays in proportion to the sizes of the files.
    /// - Complexity: linear in the sizes of the files.
    public init(contentsOf path: String) throws(ONNXError) {
        let bytes = try Self.bytes(ofFile: path)
        try self.init(serialized: bytes, path: path)
    }

    /// Reads a model from the bytes of an ONNX file.
    ///
    /// - Parameter path: stands in errors, and external data files are looked for beside it.
    public init(serialized bytes: Data, path: String = "model") throws(ONNXError) {
        if let defect = WireScanner.firstDefect(in: bytes, checksText: false) {
            throw .damaged(path: path, byteOffset: defect.offset, detail: defect.detail)
        }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let model: ONNXModelProto
        do {
            model = try ONNXModelProto(serializedBytes: bytes, options: options)
        } catch {
            let defect = WireScanner.firstDefect(in: bytes, checksText: true)
            throw .damaged(path: path, byteOffset: defect?.offset, detail: defect?.detail ?? "cannot be decoded")
        }
        var importer = GraphImporter(path: path)
        self = try importer.graph(of: model)
    }

    private static func bytes(ofFile path: String) throws(ONNXError) -> Data {
        let bytes: Data?
        do throws(BinaryFileError) {
            let file = try BinaryFile(path: path)
            bytes = file.byteCount > maximumFileByteCount ? nil : try file.contents()
        } catch {
            throw .unreadable(path: path, detail: error.detail)
        }
        guard let bytes else {
            throw .unsupported(
                path: path, place: "file", detail: "is larger than protobuf allows; keep large weights in external data"
            )
        }
        return bytes
    }

    /// What protobuf allows for one message.
    private static let maximumFileByteCount = Int(Int32.max)
}

extension BinaryFile {
    /// The whole file.
    fileprivate func contents() throws(BinaryFileError) -> Data {
        var bytes = Data(count: byteCount)
        // Data rethrows without the error's type.
        let outcome = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(BinaryFileError) in try read(into: buffer, from: 0) }
        }
        try outcome.get()
        return bytes
    }
}
