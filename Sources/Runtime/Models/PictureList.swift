import Glibc
import Imaging

/// Picture files to calibrate a network with: those of a folder, or of a data set's `images` folder.
public struct PictureList: Sendable {
    /// Files in the order of their names.
    public let paths: [String]

    /// Pictures below a folder, its sub-folders included; those below `images` where there is such a folder.
    ///
    /// - Throws: ``RuntimeError/noPictures(path:)`` when there are none.
    public init(folder: String) throws(RuntimeError) {
        let images = folder + "/images"
        var found = Self.files(below: Self.isFolder(images) ? images : folder, depth: 0)
        found.sort()
        guard !found.isEmpty else { throw .noPictures(path: folder) }
        paths = found
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// `count` of the paths, evenly spread; all when there are fewer.
    public func spread(_ count: Int) -> [String] {
        guard paths.count > count else { return paths }
        return (0..<count).map { paths[$0 * paths.count / count] }
    }

    private static func files(below folder: String, depth: Int) -> [String] {
        guard depth < 8, let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            guard !name.hasPrefix(".") else { continue }
            let path = folder + "/" + name
            if isFolder(path) {
                result += files(below: path, depth: depth + 1)
            } else if let ending = name.split(separator: ".").last, ImageFile.extensions.contains(ending.lowercased()) {
                result.append(path)
            }
        }
        return result
    }
}
