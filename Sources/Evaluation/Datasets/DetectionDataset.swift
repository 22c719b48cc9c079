import Perception
import Platform

/// Pictures with labelled boxes, as Ultralytics' tools lay them out.
///
/// Accepted are a description (`data.yaml` with `path`, `train`, `val`, `names`), a folder with one, and a bare folder:
/// `images/` beside `labels/`, parts as folders inside these (`images/val`) or around them (`valid/images`). A picture's
/// labels are under the same name in `labels/`; a picture without a label file has no objects.
public struct DetectionDataset: Sendable {
    public struct Item: Sendable, Hashable {
        public var picturePath: String
        public var labels: [YoloLabel]

        public init(picturePath: String, labels: [YoloLabel]) {
            self.picturePath = picturePath
            self.labels = labels
        }
    }

    public var items: [Item]

    /// Empty where nothing names the classes.
    public var names: ClassNames

    /// What was found otherwise than described, a sentence each.
    public var remarks: [String] = []

    /// Reads all labels; pictures are left to the caller.
    ///
    /// - Throws: ``EvaluationError`` with file, line and column.
    public init(contentsOf path: String, split: DatasetSplit = .validation) throws(EvaluationError) {
        var description: DatasetDescription?
        if Folder.isFile(path) {
            guard ["yaml", "yml"].contains(Folder.fileExtension(path)) else {
                throw .invalidDataset(location: path, detail: "a data set is a folder or a .yaml description")
            }
            description = try DatasetDescription(contentsOf: path)
        } else if Folder.isFolder(path) {
            if let file = DatasetDescription.find(in: path) { description = try DatasetDescription(contentsOf: file) }
        } else {
            throw .unreadable(path: path, detail: "no such file or folder")
        }
        names = description?.names ?? ClassNames([])
        items = []
        var pictures: [String]?
        if let description {
            pictures = try description.pictures(split)
            if pictures == nil {
                remarks.append("\(description.file) has no pictures for \(split.rawValue); its folder is searched")
            }
        }
        let folder = description.map { Folder.parent($0.file) } ?? path
        if pictures == nil { pictures = try Self.pictures(inBareFolder: folder, split: split) }
        guard let pictures, !pictures.isEmpty else {
            throw .invalidDataset(location: path, detail: "no pictures (.jpg, .png) found for \(split.rawValue)")
        }
        try readLabels(of: pictures)
    }

    private mutating func readLabels(of pictures: [String]) throws(EvaluationError) {
        var missing = 0
        for picture in pictures {
            let labelPath = Self.labelPath(ofPicture: picture)
            var labels: [YoloLabel] = []
            if Folder.isFile(labelPath) {
                labels = try YoloLabel.read(labelPath, classCount: names.count > 0 ? names.count : nil)
            } else {
                missing += 1
            }
            items.append(Item(picturePath: picture, labels: labels))
        }
        guard missing < pictures.count else {
            throw .invalidDataset(
                location: Folder.parent(pictures[0]),
                detail: "no picture has labels; the first would be in \(Self.labelPath(ofPicture: pictures[0]))")
        }
        if missing > 0 { remarks.append("\(missing) pictures have no label file and count as empty") }
    }

    /// The label file of a picture: `labels` in place of the last folder called `images`, else beside the picture.
    static func labelPath(ofPicture path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if let index = parts.dropLast().lastIndex(of: "images") { parts[index] = "labels" }
        return Folder.withoutExtension(parts.joined(separator: "/")) + ".txt"
    }

    private static func pictures(
        inBareFolder folder: String, split: DatasetSplit
    ) throws(EvaluationError) -> [String]? {
        for name in split.folderNames {
            for candidate in ["images/\(name)", "\(name)/images"] {
                let candidate = Folder.join(folder, candidate)
                if Folder.isFolder(candidate) { return try Folder.pictures(in: candidate) }
            }
        }
        let images = Folder.join(folder, "images")
        return Folder.isFolder(images) ? try Folder.pictures(in: images) : nil
    }
}
