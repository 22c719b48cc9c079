import Foundation
import Tensors

/// Tensors whose data lie in files beside the model.
///
/// A location is a path relative to the model's folder and never leads out of it, neither by `..` nor by a symbolic link:
/// a model from somebody else must not make a program read its user's files.
struct ExternalData {
    private let modelPath: String
    private let folder: String

    init(modelPath: String) {
        self.modelPath = modelPath
        folder = URL(fileURLWithPath: modelPath).resolvingSymlinksInPath().deletingLastPathComponent().path
    }

    func tensor(
        _ entries: [ONNXStringStringEntryProto], shape: Shape, elementType: ElementType, byteCount: Int, place: String
    ) throws(ONNXError) -> Tensor {
        let values = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let path = try resolvedPath(of: values["location"], place: place)
        let offset = try number(values["offset"], named: "offset", place: place) ?? 0
        let length = try number(values["length"], named: "length", place: place) ?? byteCount
        guard length == byteCount else {
            throw .invalid(
                path: modelPath, place: place,
                detail: "\(shape) of \(elementType) needs \(byteCount) bytes, but its external data have \(length)")
        }
        var tensor: Tensor?
        let available: Int
        do throws(BinaryFileError) {
            let file = try BinaryFile(path: path)
            available = file.byteCount
            if offset <= available, byteCount <= available - offset {
                tensor = try file.tensor(shape, elementType, from: offset)
            }
        } catch {
            throw .unreadable(path: path, detail: "\(error.detail) (external data of \(place))")
        }
        guard let tensor else {
            throw .damaged(
                path: path, byteOffset: available, detail: "\(place) needs \(byteCount) bytes from byte \(offset) on")
        }
        return tensor
    }

    private func resolvedPath(of location: String?, place: String) throws(ONNXError) -> String {
        guard let location, !location.isEmpty else {
            throw .invalid(path: modelPath, place: place, detail: "its external data have no location")
        }
        let components = location.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = location.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        guard isPlain, !location.hasPrefix("/"), !components.contains("..") else {
            throw .invalid(
                path: modelPath, place: place, detail: "its external data lie outside of the model's folder")
        }
        let path = URL(fileURLWithPath: folder).appendingPathComponent(location).resolvingSymlinksInPath().path
        guard path.hasPrefix(folder == "/" ? "/" : folder + "/") else {
            throw .invalid(
                path: modelPath, place: place, detail: "its external data lie outside of the model's folder")
        }
        return path
    }

    private func number(_ text: String?, named name: String, place: String) throws(ONNXError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw .invalid(path: modelPath, place: place, detail: "\(name) of its external data is not a byte count")
        }
        return number
    }
}

extension BinaryFile {
    fileprivate func tensor(
        _ shape: Shape, _ elementType: ElementType, from offset: Int
    ) throws(BinaryFileError) -> Tensor {
        var tensor = Tensor(zeros: shape, elementType: elementType)
        try tensor.withMutableBytes { bytes throws(BinaryFileError) in try read(into: bytes, from: offset) }
        return tensor
    }
}
