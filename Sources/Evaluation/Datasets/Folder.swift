import Foundation

/// Questions to the file system, for finding a data set's parts.
enum Folder {
    static let pictureExtensions: Set<String> = ["jpg", "jpeg", "png"]

    /// A data set of more pictures than this is a mistake or an attack.
    static let pictureLimit = 5_000_000

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }

    /// The pictures in a folder and the folders below, by path.
    static func pictures(in folder: String) throws(EvaluationError) -> [String] {
        guard let walker = FileManager.default.enumerator(atPath: folder) else {
            throw .unreadable(path: folder, detail: "no such folder, or no permission to read it")
        }
        var paths: [String] = []
        for case let name as String in walker where isPicture(name) {
            paths.append(join(folder, name))
            guard paths.count <= pictureLimit else {
                throw .invalidDataset(location: folder, detail: "more than \(pictureLimit) pictures")
            }
        }
        return paths.sorted()
    }

    static func files(in folder: String, withExtensions extensions: Set<String>) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { extensions.contains(fileExtension($0)) }.sorted().map { join(folder, $0) }
    }

    static func isPicture(_ path: String) -> Bool { pictureExtensions.contains(fileExtension(path)) }

    static func fileExtension(_ path: String) -> String {
        (path as NSString).pathExtension.lowercased()
    }

    static func withoutExtension(_ path: String) -> String { (path as NSString).deletingPathExtension }

    static func parent(_ path: String) -> String {
        let parent = (path as NSString).deletingLastPathComponent
        return parent.isEmpty ? "." : parent
    }

    static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

    static func join(_ folder: String, _ name: String) -> String {
        name.hasPrefix("/") ? name : (folder as NSString).appendingPathComponent(name)
    }
}
