import Perception
import Platform

/// A data set's description as Ultralytics writes it: where its pictures are and what its classes are called.
struct DatasetDescription {
    let file: String
    let names: ClassNames
    private let root: String

    /// For each part the folders or lists of pictures.
    private let entries: [DatasetSplit: [YAMLNode]]

    /// The description in a folder, if there is one.
    static func find(in folder: String) -> String? {
        let files = Folder.files(in: folder, withExtensions: ["yaml", "yml"])
        for name in ["data.yaml", "dataset.yaml", "coco.yaml", "config.yaml"] {
            if let file = files.first(where: { Folder.name($0) == name }) { return file }
        }
        return files.count == 1 ? files[0] : nil
    }

    init(contentsOf file: String) throws(EvaluationError) {
        self.file = file
        do throws(PlatformError) {
            let document = try YAMLNode(contentsOf: file)
            let folder = Folder.parent(file)
            root =
                try document.value("path").map { path throws(PlatformError) in
                    Folder.join(folder, try path.string())
                } ?? folder
            names = try Self.names(document)
            var entries: [DatasetSplit: [YAMLNode]] = [:]
            for split in DatasetSplit.allCases {
                guard let node = try document.value(split.rawValue) else { continue }
                if case .sequence(let nodes) = node.content { entries[split] = nodes } else { entries[split] = [node] }
            }
            self.entries = entries
        } catch {
            throw EvaluationError(error)
        }
    }

    /// Names as a list, or as numbers with names.
    private static func names(_ document: YAMLNode) throws(PlatformError) -> ClassNames {
        let node = try document.required("names")
        var names: [String] = []
        switch node.content {
        case .sequence(let nodes):
            for node in nodes { names.append(try scalar(node)) }
        case .mapping(let pairs):
            var byIndex: [Int: String] = [:]
            for (key, value) in pairs {
                guard let index = Int(key), (0..<65_536).contains(index) else {
                    throw value.error("class '\(key.prefix(40))' is not a number from 0")
                }
                byIndex[index] = try scalar(value)
            }
            for index in 0..<byIndex.count {
                guard let name = byIndex[index] else {
                    throw node.error("class \(index) is missing of \(byIndex.count)")
                }
                names.append(name)
            }
        case .scalar:
            throw node.error("expected a list of names, or numbers with names")
        }
        guard !names.isEmpty else { throw node.error("no classes") }
        if let count = try document.value("nc") {
            guard try count.integer() == names.count else {
                throw count.error("nc is \(try count.integer()), but there are \(names.count) names")
            }
        }
        return ClassNames(names)
    }

    /// A name that looks like a number (`20`, for a speed sign) or a truth value (`no`) is still a name.
    private static func scalar(_ node: YAMLNode) throws(PlatformError) -> String {
        if case .scalar(let text, _) = node.content { return text }
        return try node.string()
    }

    /// The pictures of a part; nil where the description does not have it, or what it names does not exist.
    func pictures(_ split: DatasetSplit) throws(EvaluationError) -> [String]? {
        guard let nodes = entries[split] else { return nil }
        var pictures: [String] = []
        for node in nodes {
            let entry: String
            do throws(PlatformError) { entry = try node.string() } catch { throw EvaluationError(error) }
            guard let path = resolve(entry) else { return nil }
            if Folder.isFolder(path) {
                pictures += try Folder.pictures(in: path)
            } else {
                pictures += try listed(in: path)
            }
        }
        return pictures
    }

    /// The entry's place. Descriptions by Roboflow say `../valid/images` for a folder beside the description.
    private func resolve(_ entry: String) -> String? {
        let folder = Folder.parent(file)
        var candidates = [Folder.join(root, entry), Folder.join(folder, entry)]
        if entry.hasPrefix("../") { candidates.append(Folder.join(folder, String(entry.dropFirst(3)))) }
        return candidates.first { Folder.isFolder($0) || Folder.isFile($0) }
    }

    /// The pictures that a list names, a path to a line, relative to the data set or, with `./`, to the list.
    private func listed(in path: String) throws(EvaluationError) -> [String] {
        var pictures: [String] = []
        for (index, line) in try TextFile.lines(path).enumerated() {
            var entry = String(line)
            while entry.last == " " { entry.removeLast() }
            guard !entry.isEmpty else { continue }
            guard Folder.isPicture(entry) else {
                throw .invalidLine(file: path, line: index + 1, detail: "'\(entry.prefix(80))' is not a picture's name")
            }
            let folder = entry.hasPrefix("./") ? Folder.parent(path) : root
            if entry.hasPrefix("./") { entry.removeFirst(2) }
            let picture = Folder.join(folder, entry)
            guard Folder.isFile(picture) else {
                throw .invalidLine(file: path, line: index + 1, detail: "\(picture) does not exist")
            }
            pictures.append(picture)
        }
        return pictures
    }
}
